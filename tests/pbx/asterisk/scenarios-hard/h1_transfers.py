"""More ways of handing over: to forwarded phones, between incoming calls, by callers out of queues, from agents on the line."""
from asyncio import sleep

from a0_common import consult, inbound, reach, taken
from b3_codes import code
from d_queues import agent_leg
from lab import scenario, when


@scenario('blind-to-forwarded', 'blind transfer to an extension that is forwarded')
async def blind_to_forwarded(lab):
    """1003 forwards to 1004. Outside caller with 1001, blind to 1003: 1004 rings and answers; the caller hangs up."""
    a, e = await lab.phones(1001, 1004)
    await lab.db('CFU', '1003', '1004')
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01731000001', 'Frauke Fort', a)
    await ca.blind_transfer('1003')
    ce = await taken(e)
    await sleep(1.3)
    await co.hangup()
    await ce.wait_end()

    def truth():
        c = lab.call('inbound', ('01731000001', 'Frauke Fort'), '1001', did='49305551001')
        c.leg(co, 'caller', number='01731000001', name='Frauke Fort')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(ce, 'transfer_target')
        c.transfer('blind', l2, l3, when(ca, 'refer'))
        c.diversion('forward_all', '1003', l3, ce.start, '1004')
    return truth


@scenario('attended-to-forwarded', 'consultation with an extension that is forwarded, then transferred')
async def attended_to_forwarded(lab):
    """1003 forwards to 1004. 1001 calls 1002; 1002 holds, calls 1003: 1004 answers; 1002 joins both; 1001 hangs up."""
    a, b, e = await lab.phones(1001, 1002, 1004)
    await lab.db('CFU', '1003', '1004')
    await lab.record()
    ca, cb = await reach(a, '1002', b)
    cc, ce = await consult(cb, '1003', e)
    await cb.attended_transfer(cc)
    await sleep(1.3)
    await ca.hangup()
    await ce.wait_end()

    def truth():
        c = lab.call('internal', '1001', '1002')
        c.leg(ca, 'caller')
        l2 = c.leg(cb, 'called')
        l3 = c.leg(cc, 'consultation', own_consultation=True, same_device_as=l2)
        l4 = c.leg(ce, 'transfer_target')
        c.transfer('attended', l2, l4, when(cb, 'refer'), consultation_leg=l3.id)
        c.diversion('forward_all', '1003', l4, ce.start, '1004')
    return truth


@scenario('blonde-to-forwarded', 'transferred while a forwarded extension rings')
async def blonde_to_forwarded(lab):
    """1003 forwards to 1004. Outside caller with 1001, who calls 1003 and transfers while 1004 rings; 1004 answers and hangs up."""
    a, e = await lab.phones(1001, 1004)
    await lab.db('CFU', '1003', '1004')
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01731000002', 'Fritz Fort', a)
    cc = await consult(ca, '1003')
    ce = await e.wait_call()
    await sleep(0.8)
    await ca.attended_transfer(cc)
    await sleep(1)
    await ce.answer()
    await sleep(1.4)
    await ce.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01731000002', 'Fritz Fort'), '1001', did='49305551001')
        c.leg(co, 'caller', number='01731000002', name='Fritz Fort')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(cc, 'consultation', own_consultation=True, same_device_as=l2)
        l4 = c.leg(ce, 'transfer_target')
        c.transfer('blonde', l2, l4, when(ca, 'refer'), consultation_leg=l3.id)
        c.diversion('forward_all', '1003', l4, ce.start, '1004')
    return truth


@scenario('two-incoming-joined', 'a phone joins two callers who both called it')
async def two_incoming(lab):
    """Two outside callers reach 1001 (the first held, the second answered); 1001 transfers: the callers talk to each other; the second hangs up."""
    a = await lab.phones(1001)
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01731000003', 'Zora Zusammen', a)
    await ca.hold()
    await sleep(0.3)
    c2, cb = await inbound(lab, '49305551001', '01731000004', 'Zoltan Zusammen', a)
    await ca.attended_transfer(cb)
    await sleep(1.4)
    await c2.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01731000003', 'Zora Zusammen'), '1001', did='49305551001', accept={'calls': 2},
                     note='two calls that became one')
        c.leg(co, 'caller', number='01731000003', name='Zora Zusammen')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(c2, 'transfer_target', number='01731000004', name='Zoltan Zusammen')
        l4 = c.leg(cb, 'called')
        c.transfer('attended', l2, l3, when(ca, 'refer'), consultation_leg=l4.id)
    return truth


@scenario('queue-caller-transfers', 'an internal queue caller transfers the agent to a colleague')
async def queue_caller_transfers(lab):
    """1001 calls 6001; agent 2005 at 1005 answers; 1001 consults 1003 and joins the agent with 1003; 1003 hangs up."""
    a, d, e = await lab.phones(1001, 1003, 1005)
    await lab.queue_add('sales', 'PJSIP/1005', agent='2005')
    await lab.record(snapshot=True)
    ca, ce = await reach(a, '6001', e)
    cc, cd = await consult(ca, '1003', d)
    await ca.attended_transfer(cc)
    await sleep(1.4)
    await cd.hangup()
    await ce.wait_end()

    def truth():
        c = lab.call('internal', '1001', '6001')
        l1 = c.leg(ca, 'caller')
        c.leg(ce, 'queue_member')
        l3 = c.leg(cc, 'consultation', own_consultation=True, same_device_as=l1)
        l4 = c.leg(cd, 'transfer_target')
        c.transfer('attended', l1, l4, when(ca, 'refer'), consultation_leg=l3.id)
    return truth


@scenario('queue-caller-transfers-blind', 'an internal queue caller transfers the agent blind, even into another queue')
async def queue_caller_transfers_blind(lab):
    """1001 calls 6004 (agent 2005 at 1005 over a Local channel that stays) and transfers the agent blind to 6001, where agent 2006 at 1004 answers: two agents talk; 1004 hangs up."""
    a, d, e = await lab.phones(1001, 1004, 1005)
    await lab.queue_add('frontdesk', 'Local/1005@from-queue/n', agent='2005', state='PJSIP/1005')
    await lab.queue_add('sales', 'PJSIP/1004', agent='2006')
    await lab.record(snapshot=True)
    ca, ce = await reach(a, '6004', e)
    await ca.blind_transfer('6001')
    cd = await taken(d)
    await sleep(1.4)
    await cd.hangup()
    await ce.wait_end()

    def truth():
        c = lab.call('internal', '1001', '6004')
        l1 = c.leg(ca, 'caller')
        c.leg(ce, 'queue_member')
        l3 = c.leg(cd, 'queue_member')
        c.transfer('blind', l1, l3, when(ca, 'refer'))
    return truth


@scenario('local-member-code-attended', 'a Local-channel queue member consults by feature code')
async def local_code_attended(lab):
    """frontdesk has Local/1005@from-queue/n as agent 2005. 1005 answers, dials *2 1001, talks, presses *2; the caller and 1001 talk; the caller hangs up."""
    o, b = await lab.phones(1001, 1005)
    await lab.queue_add('frontdesk', 'Local/1005@from-queue/n', agent='2005', state='PJSIP/1005')
    await lab.record(snapshot=True)
    co = await inbound(lab, '4930555603', '01731000005', 'Leni Local')
    cb = await taken(b)
    await sleep(1)
    left = await code(cb, '*2', '1001')
    ca = await taken(o)
    await sleep(1)
    done = await code(cb, '*2')
    await cb.wait_end()
    await sleep(1.2)
    await co.hangup()
    await ca.wait_end()

    def truth():
        c = lab.call('inbound', ('01731000005', 'Leni Local'), '4930555603', did='4930555603')
        c.leg(co, 'caller', number='01731000005', name='Leni Local')
        l2 = c.leg(cb, 'queue_member', holds=[(left, done, 'feature')])
        l3 = c.leg(ca, 'transfer_target')
        c.transfer('attended', l2, l3, done)
    return truth


@scenario('agent-on-line-refers', 'an agent on the line transfers with the phone\'s own key')
async def agent_on_line_refers(lab):
    """Agent 2001 waits on the line at 1002, gets a support call, and transfers it blind by REFER to 1003; the phone hangs up, which is a logoff too; 1003 answers; the caller hangs up."""
    a, d = await lab.phones(1002, 1003)
    await lab.record()
    login = await lab.agent_login(a, '2001')
    co = await inbound(lab, '4930555601', '01731000006', 'Rita Refer')
    await co.wait_answer()
    await sleep(3)
    await login.refer('1003')
    cd = await d.wait_call()
    await sleep(0.4)
    if not login.ended:
        await login.hangup()
    await sleep(0.4)
    await cd.answer()
    await sleep(1.4)
    await co.hangup()
    await cd.wait_end()

    def truth():
        c = lab.call('inbound', ('01731000006', 'Rita Refer'), '4930555601', did='4930555601')
        c.leg(co, 'caller', number='01731000006', name='Rita Refer')
        l2 = agent_leg(lab, c, login)
        l3 = c.leg(cd, 'transfer_target')
        c.transfer('blind', l2, l3, when(login, 'refer'))
    return truth


@scenario('agent-acknowledges-and-transfers', 'an agent who accepts with # transfers by feature code; another never accepts')
async def agent_ack(lab):
    """Agent 2003 waits on the line at 1003; a support call is offered, accepted with # after 2 s, then transferred with #1 to 1001; 1001 hangs up; 2003 stays and logs off."""
    a, d = await lab.phones(1001, 1003)
    await lab.record()
    login = await lab.agent_login(d, '2003')
    co = await inbound(lab, '4930555601', '01731000007', 'Anke Annahme')
    await co.wait_answer()
    await sleep(2.2)
    await login.dtmf('#')
    await sleep(2)
    await login.dtmf('#1')
    keyed = when(login, 'dtmf', 1) + 0.3
    await sleep(1.5)
    await login.dtmf('1001')
    ca = await a.wait_call()
    moved = ca.start
    await sleep(0.7)
    await ca.answer()
    await sleep(1.4)
    await ca.hangup()
    await co.wait_end()
    await sleep(0.6)
    await login.hangup()

    def truth():
        c = lab.call('inbound', ('01731000007', 'Anke Annahme'), '4930555601', did='4930555601')
        c.leg(co, 'caller', number='01731000007', name='Anke Annahme')
        l2 = agent_leg(lab, c, login, holds=[(keyed, moved, 'feature')])
        l3 = c.leg(ca, 'transfer_target')
        c.transfer('blind', l2, l3, moved)
    return truth


@scenario('ring-group-then-attended', 'a ring group call is transferred attended to a phone of the same group')
async def group_then_attended(lab):
    """Outside caller to 6100: 1004, 1005, 1006 ring; 1004 answers, holds, calls 1006, who answers, joins both; the caller hangs up."""
    a, b, d = await lab.phones(1004, 1005, 1006)
    await lab.record()
    co = await inbound(lab, '4930555610', '01731000008', 'Grit Gruppe')
    ca, cb, cd = await a.wait_call(), await b.wait_call(), await d.wait_call()
    await sleep(0.7)
    await ca.answer()
    await co.wait_answer()
    await sleep(0.8)
    cc, c2 = await consult(ca, '1006', d)
    await ca.attended_transfer(cc)
    await sleep(1.3)
    await co.hangup()
    await c2.wait_end()

    def truth():
        c = lab.call('inbound', ('01731000008', 'Grit Gruppe'), '6100', did='4930555610')
        c.leg(co, 'caller', number='01731000008', name='Grit Gruppe')
        l2 = c.leg(ca, 'called')
        c.leg(cb, 'called', result='answered_elsewhere')
        c.leg(cd, 'called', result='answered_elsewhere')
        l5 = c.leg(cc, 'consultation', own_consultation=True, same_device_as=l2)
        l6 = c.leg(c2, 'transfer_target')
        c.transfer('attended', l2, l6, when(ca, 'refer'), consultation_leg=l5.id)
    return truth


@scenario('attended-to-group-local', 'consultation with a ring group of Local channels, transferred attended')
async def attended_to_group(lab):
    """1001 calls 1002; 1002 holds, calls 6101: 1004, 1005 and 1006 ring, 1005 answers; 1002 joins; 1005 hangs up."""
    a, b, e, f, g = await lab.phones(1001, 1002, 1004, 1005, 1006)
    await lab.record()
    ca, cb = await reach(a, '1002', b)
    await cb.hold()
    await sleep(0.2)
    cc = await b.call('6101')
    ce, cf, cg = await e.wait_call(), await f.wait_call(), await g.wait_call()
    await sleep(0.7)
    await cf.answer()
    await cc.wait_answer()
    await sleep(1)
    await cb.attended_transfer(cc)
    await sleep(1.3)
    await cf.hangup()
    await ca.wait_end()

    def truth():
        c = lab.call('internal', '1001', '1002')
        c.leg(ca, 'caller')
        l2 = c.leg(cb, 'called')
        l3 = c.leg(cc, 'consultation', own_consultation=True, same_device_as=l2)
        c.leg(ce, 'transfer_target', result='answered_elsewhere')
        l5 = c.leg(cf, 'transfer_target')
        c.leg(cg, 'transfer_target', result='answered_elsewhere')
        c.transfer('attended', l2, l5, when(cb, 'refer'), consultation_leg=l3.id)
    return truth


@scenario('hold-by-both-then-transfer', 'both parties hold; the one transfers the other while held by it')
async def hold_by_both(lab):
    """1001 calls 1002; 1002 holds 1001; 1001 holds 1002; 1001 transfers 1002 blind to 1003; 1003 answers; 1002 retrieves; 1002 hangs up."""
    a, b, d = await lab.phones(1001, 1002, 1003)
    await lab.record()
    ca, cb = await reach(a, '1002', b)
    await cb.hold()
    await sleep(0.7)
    await ca.hold()
    await sleep(0.7)
    await ca.blind_transfer('1003')
    cd = await taken(d)
    await sleep(0.6)
    await cb.unhold()
    await sleep(1)
    await cb.hangup()
    await cd.wait_end()

    def truth():
        c = lab.call('internal', '1001', '1002')
        l1 = c.leg(ca, 'caller')
        c.leg(cb, 'called')
        l3 = c.leg(cd, 'transfer_target')
        c.transfer('blind', l1, l3, when(ca, 'refer'))
    return truth


@scenario('calls-itself', 'an extension calls itself; a busy line; a wrong number in a transfer')
async def calls_itself(lab):
    """1001 dials 1001: its own phone rings on the second line, answers, hangs up. Then 1001 dials 9902 (busy tone of the PBX)."""
    a = await lab.phones(1001)
    await lab.record()
    ca, cb = await reach(a, '1001', a)
    await cb.hangup()
    await ca.wait_end()
    await sleep(0.4)
    c2 = await a.call('9902')
    await c2.wait_end()

    def truth():
        c = lab.call('internal', '1001', '1001')
        c.leg(ca, 'caller')
        c.leg(cb, 'called')
        c = lab.call('internal', '1001', '9902', disposition='busy', accept={'disposition': ['busy', 'failed', 'abandoned']})
        c.leg(c2, 'caller', result='busy')
    return truth


@scenario('reload-mid-call', 'the configuration is reloaded in mid calls', logoff=True)
async def reload_mid_call(lab):
    """Outside caller with 1001 and a caller waiting in sales when queues and channel drivers are reloaded; agent 2005 at 1005 answers afterwards; 1001 transfers blind to 1002; all end."""
    a, b, e = await lab.phones(1001, 1002, 1005)
    await lab.queue_add('sales', 'PJSIP/1005', agent='2005')
    await lab.record(snapshot=True)
    co, ca = await inbound(lab, '49305551001', '01731000009', 'Reno Reload', a)
    cq = await inbound(lab, '4930555600', '01731000010', 'Rena Reload')
    ce = await e.wait_call()
    await sleep(0.5)
    await lab.ctl.command('module reload app_queue.so')
    await lab.ctl.command('module reload res_pjsip.so')
    await lab.ctl.command('dialplan reload')
    await sleep(0.5)
    await ce.answer()
    await cq.wait_answer()
    await ca.blind_transfer('1002')
    cb = await taken(b)
    await sleep(1)
    await ce.hangup()
    await cq.wait_end()
    await co.hangup()
    await cb.wait_end()

    def truth():
        c = lab.call('inbound', ('01731000009', 'Reno Reload'), '1001', did='49305551001')
        c.leg(co, 'caller', number='01731000009', name='Reno Reload')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(cb, 'transfer_target')
        c.transfer('blind', l2, l3, when(ca, 'refer'))
        c = lab.call('inbound', ('01731000010', 'Rena Reload'), '4930555600', did='4930555600')
        c.leg(cq, 'caller', number='01731000010', name='Rena Reload')
        c.leg(ce, 'queue_member')
    return truth


@scenario('member-of-two-queues', 'one agent in two queues, callers in both at once')
async def member_of_two(lab):
    """Agent 2005 at 1005 in sales and frontdesk. A sales caller is answered; a frontdesk caller waits; when the first is done the second is offered and answered. 2005 is paused in sales only; a third caller in sales gives up, never offered."""
    b = await lab.phones(1005)
    await lab.record(snapshot=True)
    await lab.queue_add('sales', 'PJSIP/1005', agent='2005')
    await lab.queue_add('frontdesk', 'PJSIP/1005', agent='2005')
    await sleep(0.2)
    c1 = await inbound(lab, '4930555600', '01731000011', 'Anton Anfang')
    b1 = await taken(b)
    await sleep(0.5)
    c2 = await inbound(lab, '4930555603', '01731000012', 'Micha Mitte')
    await sleep(1)
    await lab.queue_pause('PJSIP/1005', True, queue='sales', reason='desk only')
    await b1.hangup()
    await c1.wait_end()
    b2 = await taken(b)
    await sleep(0.8)
    c3 = await inbound(lab, '4930555600', '01731000013', 'Edda Ende')
    await sleep(1.2)
    await c2.hangup()
    await b2.wait_end()
    await sleep(1.2)
    await c3.hangup()
    await lab.queue_remove('sales', 'PJSIP/1005')
    await sleep(0.2)
    x = await inbound(lab, '49305551005', '01731000014', 'Dirk Direkt')
    y = await taken(b)
    await sleep(0.6)
    await lab.queue_remove('frontdesk', 'PJSIP/1005')
    await sleep(0.6)
    await x.hangup()
    await y.wait_end()

    def truth():
        for co, did, n, who, ls in ((c1, '4930555600', '01731000011', 'Anton Anfang', [b1]), (c2, '4930555603', '01731000012', 'Micha Mitte', [b2]), (c3, '4930555600', '01731000013', 'Edda Ende', [])):
            c = lab.call('inbound', (n, who), did, did=did)
            c.leg(co, 'caller', number=n, name=who)
            for l in ls:
                c.leg(l, 'queue_member')
        c = lab.call('inbound', ('01731000014', 'Dirk Direkt'), '1005', did='49305551005')
        c.leg(x, 'caller', number='01731000014', name='Dirk Direkt')
        c.leg(y, 'called')
    return truth
