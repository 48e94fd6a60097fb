"""The link is lost while calls are in every state, and comes back while they go on, have ended, or new ones have begun."""
from asyncio import sleep

from a0_common import consult, cut, gap, inbound, linked, missed, reach, taken
from d_queues import agent_leg
from lab import scenario, when

LOST = ['answered', 'no_answer', 'abandoned', 'link_lost', 'failed']


@scenario('lost-while-ringing', 'link lost while a call rings; answered meanwhile; back in mid talk', logoff=False)
async def lost_ringing(lab):
    """Outside caller rings at 1001; the link is cut; 1001 answers; the link comes back 2 s later; the caller hangs up."""
    a = await lab.phones(1001)
    await lab.record(snapshot=True)
    co = await inbound(lab, '49305551001', '01711000001', 'Lena Luecke')
    ca = await a.wait_call()
    await sleep(0.8)
    await cut(lab)
    await sleep(0.6)
    await ca.answer()
    await co.wait_answer()
    await sleep(1.5)
    await linked(lab)
    await sleep(1)
    await co.hangup()
    await ca.wait_end()

    def truth():
        c = lab.call('inbound', ('01711000001', 'Lena Luecke'), '1001', did='49305551001', **gap(lab))
        c.leg(co, 'caller', number='01711000001', name='Lena Luecke')
        c.leg(ca, 'called')
    return truth


@scenario('lost-talk-ended', 'link lost in mid talk, the call ends meanwhile', logoff=False)
async def lost_talk(lab):
    """Outside caller talks to 1001 and 1002 to 1003; the link is cut; the outside caller hangs up; the link comes back; 1002 and 1003 still talk; 1002 hangs up."""
    a, b, d = await lab.phones(1001, 1002, 1003)
    await lab.record(snapshot=True)
    co, ca = await inbound(lab, '49305551001', '01711000002', 'Luis Luecke', a)
    cb, cd = await reach(b, '1003', d)
    await cut(lab)
    await sleep(0.6)
    await co.hangup()
    await ca.wait_end()
    await sleep(1.4)
    await linked(lab)
    await sleep(0.8)
    await cb.hangup()
    await cd.wait_end()

    def truth():
        c = lab.call('inbound', ('01711000002', 'Luis Luecke'), '1001', did='49305551001', end_uncertain=True, **gap(lab))
        c.leg(co, 'caller', number='01711000002', name='Luis Luecke')
        c.leg(ca, 'called')
        c = lab.call('internal', '1002', '1003', **gap(lab))
        c.leg(cb, 'caller')
        c.leg(cd, 'called')
    return truth


@scenario('lost-ringing-ended', 'link lost while calls ring; they end unanswered or answered meanwhile', logoff=False)
async def lost_ringing_ended(lab):
    """Outside caller rings at 1001 and 1002 rings at 1003; the link is cut; the outside caller gives up; 1003 answers and hangs up; the link comes back: both are gone. 1002 calls 1003 again."""
    a, b, d = await lab.phones(1001, 1002, 1003)
    await lab.record(snapshot=True)
    co = await inbound(lab, '49305551001', '01711000003', 'Lara Luecke')
    ca = await a.wait_call()
    cb = await b.call('1003')
    cd = await d.wait_call()
    await sleep(1)
    await cut(lab)
    await sleep(0.4)
    await co.hangup()
    await ca.wait_end()
    await cd.answer()
    await cb.wait_answer()
    await sleep(0.8)
    await cd.hangup()
    await cb.wait_end()
    await sleep(0.8)
    await linked(lab)
    await sleep(0.5)
    x, y = await reach(b, '1003', d)
    await x.hangup()
    await y.wait_end()

    def truth():
        c = lab.call('inbound', ('01711000003', 'Lara Luecke'), '1001', did='49305551001', end_uncertain=True, accept={'disposition': LOST}, **gap(lab))
        c.leg(co, 'caller', number='01711000003', name='Lara Luecke')
        c.leg(ca, 'called', result='abandoned')
        c = lab.call('internal', '1002', '1003', end_uncertain=True, accept={'disposition': LOST}, **gap(lab))
        c.leg(cb, 'caller')
        c.leg(cd, 'called')
        c = lab.call('internal', '1002', '1003')
        c.leg(x, 'caller')
        c.leg(y, 'called')
    return truth


@scenario('lost-while-held', 'link lost while a party is held; retrieved meanwhile; held again afterwards', logoff=False)
async def lost_held(lab):
    """1001 talks to an outside caller and holds; the link is cut; 1001 retrieves; the link comes back; 1001 holds again, retrieves, hangs up."""
    a = await lab.phones(1001)
    await lab.record(snapshot=True)
    co, ca = await inbound(lab, '49305551001', '01711000004', 'Lola Luecke', a)
    await ca.hold()
    await sleep(0.8)
    await cut(lab)
    await sleep(0.5)
    await ca.unhold()
    await sleep(1)
    await linked(lab)
    await sleep(0.5)
    await ca.hold()
    await sleep(0.9)
    await ca.unhold()
    await sleep(0.6)
    await ca.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01711000004', 'Lola Luecke'), '1001', did='49305551001', **gap(lab))
        c.leg(co, 'caller', number='01711000004', name='Lola Luecke')
        c.leg(ca, 'called')
    return truth


@scenario('lost-while-queued', 'link lost while callers wait in a queue', logoff=False)
async def lost_queued(lab):
    """Two outside callers in sales; agent 2005 at 1005 rings for the first; the link is cut; 1005 answers the first; the link comes back: the first talks, the second waits; the second gives up; the first hangs up."""
    b = await lab.phones(1005)
    await lab.record(snapshot=True)
    await lab.queue_add('sales', 'PJSIP/1005', agent='2005')
    await sleep(0.2)
    co = await inbound(lab, '4930555600', '01711000005', 'Lutz Luecke')
    cb = await b.wait_call()
    await sleep(0.4)
    c2 = await inbound(lab, '4930555600', '01711000006', 'Lotte Luecke')
    await sleep(0.6)
    await cut(lab)
    await sleep(0.4)
    await cb.answer()
    await co.wait_answer()
    await sleep(1.2)
    await linked(lab)
    await sleep(0.8)
    await c2.hangup()
    await sleep(0.6)
    await co.hangup()
    await cb.wait_end()

    def truth():
        c = lab.call('inbound', ('01711000005', 'Lutz Luecke'), '4930555600', did='4930555600', **gap(lab))
        c.leg(co, 'caller', number='01711000005', name='Lutz Luecke')
        c.leg(cb, 'queue_member')
        c = lab.call('inbound', ('01711000006', 'Lotte Luecke'), '4930555600', did='4930555600', accept={'disposition': ['abandoned', 'link_lost']}, **gap(lab))
        c.leg(c2, 'caller', number='01711000006', name='Lotte Luecke')
    return truth


@scenario('lost-new-call', 'during the gap one call ends and another begins between the same phones', logoff=False)
async def lost_new(lab):
    """1001 talks to 1002; the link is cut; 1001 hangs up, calls 1002 again, who answers; another call comes and goes unseen; the link comes back in mid talk; 1002 hangs up."""
    a, b, d, e = await lab.phones(1001, 1002, 1003, 1004)
    await lab.record(snapshot=True)
    ca, cb = await reach(a, '1002', b)
    await cut(lab)
    await sleep(0.3)
    await ca.hangup()
    await cb.wait_end()
    m1, m2 = await reach(d, '1004', e, talk=0.3)
    x, y = await reach(a, '1002', b, talk=0.5)
    await m1.hangup()
    await m2.wait_end()
    await sleep(0.3)
    await linked(lab)
    await sleep(1)
    await y.hangup()
    await x.wait_end()

    def truth():
        c = lab.call('internal', '1001', '1002', end_uncertain=True, **gap(lab))
        c.leg(ca, 'caller')
        c.leg(cb, 'called')
        c = lab.call('internal', '1001', '1002', start_uncertain=True)
        c.leg(x, 'caller')
        c.leg(y, 'called')
        missed(lab, m1, m2)
    return truth


@scenario('lost-while-parked', 'link lost while a call is parked; retrieved after the link is back', logoff=False)
async def lost_parked(lab):
    """Outside caller with 1001, parked in 701; the link is cut and comes back; 1002 retrieves; the caller hangs up."""
    a, b = await lab.phones(1001, 1002)
    await lab.record(snapshot=True)
    co, ca = await inbound(lab, '49305551001', '01711000007', 'Ludwig Luecke', a)
    await ca.blind_transfer('700')
    await sleep(1.2)
    await cut(lab)
    await sleep(1.5)
    await linked(lab)
    await sleep(0.5)
    cb = await b.call('701')
    await cb.wait_answer()
    await sleep(1.6)
    await co.hangup()
    await cb.wait_end()

    def truth():
        c = lab.call('inbound', ('01711000007', 'Ludwig Luecke'), '1001', did='49305551001', **gap(lab))
        l1 = c.leg(co, 'caller', number='01711000007', name='Ludwig Luecke')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(cb, 'pickup')
        c.transfer('park', l2, None, when(ca, 'refer'), slot='701')
        c.diversion('park_retrieve', None, l3, cb.answered, '701')
        c.stay('park', '701', l1, when(ca, 'refer'), cb.answered)
    return truth


@scenario('lost-in-conference', 'link lost during a conference; one leaves and one comes meanwhile', logoff=False)
async def lost_conference(lab):
    """1001, 1002 and 1003 in 8002; the link is cut; 1002 leaves, 1004 comes; the link comes back; 1003, 1004 and 1001 leave."""
    a, b, d, e = await lab.phones(1001, 1002, 1003, 1004)
    await lab.record(snapshot=True)
    cs = []
    for p in (a, b, d):
        x = await p.call('8002')
        await x.wait_answer()
        cs.append(x)
        await sleep(0.7)
    ca, cb, cd = cs
    await cut(lab)
    await sleep(0.4)
    await cb.hangup()
    await sleep(0.4)
    ce = await e.call('8002')
    await ce.wait_answer()
    await sleep(0.8)
    await linked(lab)
    await sleep(0.6)
    for x in (cd, ce, ca):
        await x.hangup()
        await sleep(0.6)

    def truth():
        c = lab.call('internal', '1001', '8002', disposition='answered', answer=ca.answered, accept={'calls': 4}, **gap(lab))
        ls = [c.leg(ca, 'caller')] + [c.leg(x, 'conference') for x in (cb, cd, ce)]
        for l in ls:
            c.stay('conference', '8002', l, l.src.answered, l.src.ended)
    return truth


@scenario('lost-attended-transfer', 'link lost in mid consultation; the transfer happens meanwhile', logoff=False)
async def lost_attended(lab):
    """Outside caller with 1001, who consults 1002; the link is cut; 1001 joins both and is gone; the link comes back: the caller talks to 1002; the caller hangs up."""
    a, b = await lab.phones(1001, 1002)
    await lab.record(snapshot=True)
    co, ca = await inbound(lab, '49305551001', '01711000008', 'Leon Luecke', a)
    cc, cb = await consult(ca, '1002', b)
    await cut(lab)
    await sleep(0.4)
    await ca.attended_transfer(cc)
    await sleep(1)
    await linked(lab)
    await sleep(0.8)
    await co.hangup()
    await cb.wait_end()

    def truth():
        c = lab.call('inbound', ('01711000008', 'Leon Luecke'), '1001', did='49305551001', accept={'calls': 2}, **gap(lab),
                     note='the attended transfer itself was not seen, so none is stated; the snapshot shows who talks to whom now')
        c.leg(co, 'caller', number='01711000008', name='Leon Luecke')
        l2 = c.leg(ca, 'called')
        c.leg(cc, 'consultation', own_consultation=True, same_device_as=l2)
        c.leg(cb, 'transfer_target')
    return truth


@scenario('lost-then-attended-transfer', 'link lost and back in mid consultation; the transfer happens afterwards', logoff=False)
async def lost_then_attended(lab):
    """Outside caller with 1001, who consults 1002; the link is cut and comes back; 1001 joins both; 1002 hangs up."""
    a, b = await lab.phones(1001, 1002)
    await lab.record(snapshot=True)
    co, ca = await inbound(lab, '49305551001', '01711000009', 'Lisbet Luecke', a)
    cc, cb = await consult(ca, '1002', b)
    await cut(lab)
    await sleep(1.2)
    await linked(lab)
    await sleep(0.6)
    await ca.attended_transfer(cc)
    await sleep(1.2)
    await cb.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01711000009', 'Lisbet Luecke'), '1001', did='49305551001', **gap(lab))
        c.leg(co, 'caller', number='01711000009', name='Lisbet Luecke')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(cc, 'consultation', own_consultation=True, same_device_as=l2)
        l4 = c.leg(cb, 'transfer_target')
        c.transfer('attended', l2, l4, when(ca, 'refer'), consultation_leg=l3.id)
    return truth


@scenario('lost-blind-transfer', 'link lost while a transferred call rings', logoff=False)
async def lost_blind(lab):
    """Outside caller with 1001, transferred blind to 1002; while it rings the link is cut; it comes back while it still rings; 1002 answers; the caller hangs up."""
    a, b = await lab.phones(1001, 1002)
    await lab.record(snapshot=True)
    co, ca = await inbound(lab, '49305551001', '01711000010', 'Lou Luecke', a)
    await ca.blind_transfer('1002')
    cb = await b.wait_call()
    await sleep(0.7)
    await cut(lab)
    await sleep(1)
    await linked(lab)
    await sleep(0.7)
    await cb.answer()
    await sleep(1.2)
    await co.hangup()
    await cb.wait_end()

    def truth():
        c = lab.call('inbound', ('01711000010', 'Lou Luecke'), '1001', did='49305551001', **gap(lab))
        c.leg(co, 'caller', number='01711000010', name='Lou Luecke')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(cb, 'transfer_target')
        c.transfer('blind', l2, l3, when(ca, 'refer'))
    return truth


@scenario('lost-twice', 'two gaps within one call, and one call ends in each', logoff=False)
async def lost_twice(lab):
    """Outside caller talks to 1001 through both gaps. 1002 and 1003 talk and end in the first gap, 1004 and 1005 in the second. Between the gaps 1001 holds."""
    a, b, d, e, f = await lab.phones(1001, 1002, 1003, 1004, 1005)
    await lab.record(snapshot=True)
    co, ca = await inbound(lab, '49305551001', '01711000011', 'Zwi Luecke', a)
    x, y = await reach(b, '1003', d)
    await cut(lab)
    await sleep(0.5)
    await x.hangup()
    await y.wait_end()
    await sleep(0.8)
    await linked(lab)
    await ca.hold()
    p, q = await reach(e, '1005', f)
    await ca.unhold()
    await sleep(0.3)
    await cut(lab)
    await sleep(0.5)
    await q.hangup()
    await p.wait_end()
    await sleep(0.8)
    await linked(lab)
    await sleep(0.5)
    await ca.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01711000011', 'Zwi Luecke'), '1001', did='49305551001', **gap(lab))
        c.leg(co, 'caller', number='01711000011', name='Zwi Luecke')
        c.leg(ca, 'called')
        c = lab.call('internal', '1002', '1003', end_uncertain=True, **gap(lab))
        c.leg(x, 'caller')
        c.leg(y, 'called')
        c = lab.call('internal', '1004', '1005', end_uncertain=True, **gap(lab, 1))
        c.leg(p, 'caller')
        c.leg(q, 'called')
    return truth


@scenario('lost-amid-snapshot', 'the second connection is lost while it asks; the third one completes', logoff=False)
async def lost_amid_snapshot(lab):
    """Outside caller talks to 1001; the link is cut; a new connection logs in, asks for channels, and is cut before the answers are complete; a third one takes the whole snapshot; 1001 hangs up."""
    a = await lab.phones(1001)
    await lab.record(snapshot=True)
    co, ca = await inbound(lab, '49305551001', '01711000012', 'Lasse Luecke', a)
    await cut(lab)
    await sleep(0.7)
    await lab.record()
    if lab.recorders:
        r = lab.recorders[-1]
        await r.snapshot([('CoreSettings', {}), ('CoreStatus', {}), ('PJSIPShowEndpoints', {})])
        r.send('CoreShowChannels')
        await cut(lab)
    await sleep(0.7)
    await linked(lab)
    await sleep(0.7)
    await ca.hangup()
    await co.wait_end()

    def truth():
        g = gap(lab)
        if g:
            g['gap']['until'] = round(lab.recorders[2].connected, 3)
        c = lab.call('inbound', ('01711000012', 'Lasse Luecke'), '1001', did='49305551001', **g)
        c.leg(co, 'caller', number='01711000012', name='Lasse Luecke')
        c.leg(ca, 'called')
    return truth


@scenario('lost-agents-change', 'agents change over while nobody listens', logoff=False)
async def lost_agents(lab):
    """Agent 2005 at 1005 talks to a sales caller; the link is cut; 2005 leaves the queue and 2006 joins at 1005 during the same call; the link comes back; the caller hangs up; the next sales call at 1005 is 2006's."""
    b = await lab.phones(1005)
    await lab.record(snapshot=True)
    await lab.queue_add('sales', 'PJSIP/1005', agent='2005')
    await sleep(0.2)
    co = await inbound(lab, '4930555600', '01711000013', 'Agnes Luecke')
    cb = await taken(b)
    await sleep(0.6)
    await cut(lab)
    await sleep(0.4)
    await lab.queue_remove('sales', 'PJSIP/1005')
    await sleep(0.2)
    await lab.queue_add('sales', 'PJSIP/1005', agent='2006')
    await sleep(0.8)
    await linked(lab)
    await sleep(0.5)
    await co.hangup()
    await cb.wait_end()
    await sleep(0.3)
    c2 = await inbound(lab, '4930555600', '01711000014', 'Alba Luecke')
    cb2 = await taken(b)
    await sleep(1)
    await c2.hangup()
    await cb2.wait_end()

    def truth():
        c = lab.call('inbound', ('01711000013', 'Agnes Luecke'), '4930555600', did='4930555600', **gap(lab))
        c.leg(co, 'caller', number='01711000013', name='Agnes Luecke')
        c.leg(cb, 'queue_member')
        c = lab.call('inbound', ('01711000014', 'Alba Luecke'), '4930555600', did='4930555600')
        c.leg(c2, 'caller', number='01711000014', name='Alba Luecke')
        c.leg(cb2, 'queue_member')
    return truth


@scenario('lost-agent-on-line', 'link lost while an agent on the line talks; a new call comes after the gap', logoff=False)
async def lost_agent_line(lab):
    """Agent 2001 at 1002 on the line talks to a support caller; the link is cut and comes back; the caller hangs up; the next support caller gets 2001; 2001 logs off."""
    a = await lab.phones(1002)
    await lab.record(snapshot=True)
    login = await lab.agent_login(a, '2001')
    co = await inbound(lab, '4930555601', '01711000015', 'Anton Luecke')
    await co.wait_answer()
    await sleep(2)
    await cut(lab)
    await sleep(1.2)
    await linked(lab)
    await sleep(0.8)
    await co.hangup()
    await sleep(1.5)
    c2 = await inbound(lab, '4930555601', '01711000016', 'Anka Luecke')
    await c2.wait_answer()
    await sleep(3)
    await c2.hangup()
    await sleep(0.8)
    await login.hangup()

    def truth():
        c = lab.call('inbound', ('01711000015', 'Anton Luecke'), '4930555601', did='4930555601', **gap(lab))
        c.leg(co, 'caller', number='01711000015', name='Anton Luecke')
        agent_leg(lab, c, login)
        c = lab.call('inbound', ('01711000016', 'Anka Luecke'), '4930555601', did='4930555601')
        c.leg(c2, 'caller', number='01711000016', name='Anka Luecke')
        agent_leg(lab, c, login, nth=1)
    return truth


@scenario('connect-mid-consultation', 'the client connects while a phone consults; the transfer follows')
async def connect_consultation(lab):
    """Outside caller with 1001, who holds and consults 1002 when the client connects; then 1001 joins both; the caller hangs up."""
    a, b = await lab.phones(1001, 1002)
    co, ca = await inbound(lab, '49305551001', '01711000017', 'Mitja Mitte', a)
    cc, cb = await consult(ca, '1002', b)
    await lab.record(snapshot=True)
    await sleep(0.6)
    await ca.attended_transfer(cc)
    await sleep(1.3)
    await co.hangup()
    await cb.wait_end()

    def truth():
        c = lab.call('inbound', ('01711000017', 'Mitja Mitte'), '1001', did='49305551001', start_uncertain=True, accept={'tolerance_ms': 1500})
        c.leg(co, 'caller', number='01711000017', name='Mitja Mitte')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(cc, 'consultation', own_consultation=True, same_device_as=l2)
        l4 = c.leg(cb, 'transfer_target')
        c.transfer('attended', l2, l4, when(ca, 'refer'), consultation_leg=l3.id)
    return truth


@scenario('connect-mid-queue', 'the client connects while callers wait and an agent on the line talks')
async def connect_queue(lab):
    """Agent 2001 on the line at 1002 talks to a support caller; another caller waits in sales while agent 2005 at 1005 rings; the client connects; 1005 answers; both callers hang up; 2001 logs off."""
    a, b = await lab.phones(1002, 1005)
    await lab.queue_add('sales', 'PJSIP/1005', agent='2005')
    login = await lab.agent_login(a, '2001')
    co = await inbound(lab, '4930555601', '01711000018', 'Marga Mitte')
    await co.wait_answer()
    await sleep(2)
    c2 = await inbound(lab, '4930555600', '01711000019', 'Milo Mitte')
    cb = await b.wait_call()
    await sleep(1)
    await lab.record(snapshot=True)
    await sleep(0.7)
    await cb.answer()
    await c2.wait_answer()
    await sleep(1.2)
    await c2.hangup()
    await cb.wait_end()
    await sleep(0.4)
    await co.hangup()
    await sleep(1)
    await login.hangup()

    def truth():
        c = lab.call('inbound', ('01711000018', 'Marga Mitte'), '4930555601', did='4930555601', start_uncertain=True, accept={'dialled': ['support', '6002', ''], 'tolerance_ms': 3500})
        c.leg(co, 'caller', number='01711000018', name='Marga Mitte')
        agent_leg(lab, c, login)
        c = lab.call('inbound', ('01711000019', 'Milo Mitte'), '4930555600', did='4930555600', start_uncertain=True, accept={'dialled': ['sales', '6001', ''], 'tolerance_ms': 1500})
        c.leg(c2, 'caller', number='01711000019', name='Milo Mitte')
        c.leg(cb, 'queue_member')
    return truth


@scenario('connect-mid-park-and-conference', 'the client connects while a call is parked, one is held and three meet')
async def connect_park(lab):
    """An outside caller parked by 1001, 1002 holding another outside caller, 1003 and 1004 in 8005, when the client connects. 1001 retrieves the parked one; 1002 retrieves the held one; all hang up."""
    a, b, d, e = await lab.phones(1001, 1002, 1003, 1004)
    c2, cb = await inbound(lab, '49305551002', '01711000021', 'Mona Mitte', b)
    cd = await d.call('8005')
    await cd.wait_answer()
    ce = await e.call('8005')
    await ce.wait_answer()
    await cb.hold()
    co, ca = await inbound(lab, '49305551001', '01711000020', 'Mats Mitte', a)
    await ca.blind_transfer('700')
    await sleep(1.2)
    await lab.record(snapshot=True)
    await sleep(0.4)
    x = await a.call('701')
    await x.wait_answer()
    await cb.unhold()
    await sleep(1.2)
    await co.hangup()
    await x.wait_end()
    await cb.hangup()
    await c2.wait_end()
    await cd.hangup()
    await sleep(0.5)
    await ce.hangup()

    def truth():
        c = lab.call('inbound', ('01711000021', 'Mona Mitte'), '1002', did='49305551002', start_uncertain=True, accept={'tolerance_ms': 1500})
        c.leg(c2, 'caller', number='01711000021', name='Mona Mitte')
        c.leg(cb, 'called')
        c = lab.call('internal', '1003', '8005', start_uncertain=True, disposition='answered', answer=cd.answered, accept={'calls': 2, 'disposition': ['answered'], 'tolerance_ms': 1500})
        for i, s in enumerate((cd, ce)):
            l = c.leg(s, 'conference' if i else 'caller')
            c.stay('conference', '8005', l, s.answered, s.ended)
        c = lab.call('inbound', ('01711000020', 'Mats Mitte'), '1001', did='49305551001', start_uncertain=True, disposition='answered',
                     accept={'disposition': ['answered', 'abandoned', 'no_answer'], 'dialled': ['701', '700', '']},
                     note='1001 was gone from the call before the client connected: its first part in it cannot be known, so that leg is not listed')
        l1 = c.leg(co, 'caller', number='01711000020', name='Mats Mitte')
        l2 = c.leg(x, 'pickup')
        c.diversion('park_retrieve', None, l2, x.answered, '701')
        lab.ignored_channels = {u for _, u, _ in lab.channels_of(ca)}
    return truth


@scenario('pbx-killed', 'the PBX is killed in mid calls and comes back; new calls follow', logoff=False, restarts=True)
async def pbx_killed(lab):
    """Outside caller talks to 1001, 1003 rings at 1002, a caller waits in sales, when the PBX is killed: the connection is gone without a word. It comes back with new channel names and ids; agents by member name are forgotten. 1001 calls 1002."""
    import os, signal, time
    out = await lab.outside()
    a, b, d, f = await lab.phones(1001, 1002, 1003, 1005)
    await lab.queue_add('sales', 'PJSIP/1005', agent='2005')
    await lab.record(snapshot=True)
    co, ca = await inbound(lab, '49305551001', '01711000022', 'Kira Kill', a)
    cd = await d.call('1002')
    cb = await b.wait_call()
    cq = await inbound(lab, '4930555600', '01711000023', 'Kurt Kill')
    cf = await f.wait_call()
    await sleep(1)
    os.kill(lab.pbx_pid(), signal.SIGKILL)
    died = time.time()
    await lab.pbx_gone()
    lab.logins[0]['until'] = died
    await sleep(0.5)
    lab.pbx_start()
    await lab.pbx_back()
    for x in (co, ca, cd, cb, cq, cf):
        if not x.ended:
            x.done('phone', 408)
    for p in (a, b, d, f):
        await p.register()
    await lab.record(snapshot=True)
    x, y = await reach(a, '1002', b)
    await x.hangup()
    await y.wait_end()
    await sleep(0.3)
    p, q = await reach(b, '1005', f)
    await q.hangup()
    await p.wait_end()

    def truth():
        g = gap(lab)
        c = lab.call('inbound', ('01711000022', 'Kira Kill'), '1001', did='49305551001', ended_by='pbx', end_uncertain=True, accept={'disposition': ['answered', 'link_lost']}, **g)
        c.leg(co, 'caller', number='01711000022', name='Kira Kill', end=died)
        c.leg(ca, 'called', end=died)
        c = lab.call('internal', '1003', '1002', disposition='failed', ended_by='pbx', end_uncertain=True, accept={'disposition': LOST}, **g)
        c.leg(cd, 'caller', result='failed', end=died)
        c.leg(cb, 'called', result='no_answer', end=died)
        c = lab.call('inbound', ('01711000023', 'Kurt Kill'), '4930555600', did='4930555600', disposition='failed', ended_by='pbx', end_uncertain=True, accept={'disposition': LOST}, **g)
        c.leg(cq, 'caller', number='01711000023', name='Kurt Kill', result='failed', end=died)
        c.leg(cf, 'queue_member', result='no_answer', end=died)
        c = lab.call('internal', '1001', '1002')
        c.leg(x, 'caller')
        c.leg(y, 'called')
        c = lab.call('internal', '1002', '1005')
        c.leg(p, 'caller')
        c.leg(q, 'called')
    return truth


@scenario('restart-graceful-agents', 'a restart forgets agents on the line; they log on again elsewhere', logoff=False, restarts=True)
async def restart_agents(lab):
    """Agent 2001 on the line at 1002 talks to a support caller when the PBX restarts at once; after it 2001 logs on at 1003 and gets the next caller; 1001 calls 1002, the owner's."""
    import time
    o, a, b = await lab.phones(1001, 1002, 1003)
    await lab.record(snapshot=True)
    l1 = await lab.agent_login(a, '2001')
    co = await inbound(lab, '4930555601', '01711000024', 'Nora Neu')
    await co.wait_answer()
    await sleep(2)
    await lab.pbx_command_and_gone('core restart now')
    await lab.pbx_back()
    for x in (co, l1):
        if not x.ended:
            x.done('phone', 408)
    for p in (o, a, b):
        await p.register()
    await linked(lab)
    l2 = await lab.agent_login(b, '2001')
    c2 = await inbound(lab, '4930555601', '01711000025', 'Nils Neu')
    await c2.wait_answer()
    await sleep(2.5)
    x, y = await reach(o, '1002', a)
    await x.hangup()
    await y.wait_end()
    await c2.hangup()
    await sleep(0.8)
    await l2.hangup()

    def truth():
        c = lab.call('inbound', ('01711000024', 'Nora Neu'), '4930555601', did='4930555601', ended_by='pbx', accept={'disposition': ['answered', 'link_lost']})
        c.leg(co, 'caller', number='01711000024', name='Nora Neu')
        agent_leg(lab, c, l1)
        c = lab.call('inbound', ('01711000025', 'Nils Neu'), '4930555601', did='4930555601')
        c.leg(c2, 'caller', number='01711000025', name='Nils Neu')
        agent_leg(lab, c, l2, nth=1)
        c = lab.call('internal', '1001', '1002')
        c.leg(x, 'caller')
        c.leg(y, 'called')
    return truth
