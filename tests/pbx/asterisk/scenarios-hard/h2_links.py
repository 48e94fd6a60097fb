"""Connecting, or coming back, amid ringing groups, Local channels, transfers under way, agents who moved meanwhile."""
from asyncio import sleep

from a0_common import consult, cut, gap, inbound, linked, missed, reach, taken
from b3_codes import code
from d_queues import agent_leg
from lab import scenario, when

SECONDS = {'tolerance_ms': 1500}


@scenario('connect-mid-ring-group', 'the client connects while a ring group and a group of Local channels ring')
async def connect_ring_group(lab):
    """Outside caller rings at 1004, 1005, 1006 (6100) and 1001's call rings at 1002 by forwarding of 1003 when the client connects; 1005 answers, 1002 answers; all end."""
    o, z, a, b, d = await lab.phones(1001, 1002, 1004, 1005, 1006)
    await lab.db('CFU', '1003', '1002')
    co = await inbound(lab, '4930555610', '01741000001', 'Gitti Gruppe')
    ca, cb, cd = await a.wait_call(), await b.wait_call(), await d.wait_call()
    x = await o.call('1003')
    y = await z.wait_call()
    await sleep(0.8)
    await lab.record(snapshot=True)
    await sleep(0.5)
    await cb.answer()
    await co.wait_answer()
    await y.answer()
    await x.wait_answer()
    await sleep(1.2)
    await cb.hangup()
    await co.wait_end()
    await x.hangup()
    await y.wait_end()

    def truth():
        c = lab.call('inbound', ('01741000001', 'Gitti Gruppe'), '6100', did='4930555610', start_uncertain=True, accept={'dialled': ['6100'], **SECONDS})
        c.leg(co, 'caller', number='01741000001', name='Gitti Gruppe')
        c.leg(ca, 'called', result='answered_elsewhere')
        c.leg(cb, 'called')
        c.leg(cd, 'called', result='answered_elsewhere')
        c = lab.call('internal', '1001', '1003', start_uncertain=True, accept=SECONDS)
        c.leg(x, 'caller')
        l2 = c.leg(y, 'forward_target')
        c.diversion('forward_all', '1003', l2, y.start, '1002')
    return truth


@scenario('connect-mid-local-members', 'the client connects while a queue call runs over Local channels that stay')
async def connect_local(lab):
    """A frontdesk caller talks to 1005 (Local/1005@from-queue/n, agent 2005), another rings at 1004 (Local/…/n, agent 2006), when the client connects; 1004 answers; both callers hang up."""
    a, b = await lab.phones(1004, 1005)
    await lab.queue_add('frontdesk', 'Local/1005@from-queue/n', agent='2005', state='PJSIP/1005')
    co = await inbound(lab, '4930555603', '01741000002', 'Lia Local')
    cb = await taken(b)
    await sleep(0.5)
    await lab.queue_add('frontdesk', 'Local/1004@from-queue/n', agent='2006', state='PJSIP/1004')
    c2 = await inbound(lab, '4930555603', '01741000003', 'Lio Local')
    ca = await a.wait_call()
    await sleep(0.8)
    await lab.record(snapshot=True)
    await sleep(0.5)
    await ca.answer()
    await sleep(1.2)
    await co.hangup()
    await cb.wait_end()
    await sleep(0.3)
    await c2.hangup()
    await ca.wait_end()

    def truth():
        c = lab.call('inbound', ('01741000002', 'Lia Local'), '4930555603', did='4930555603', start_uncertain=True,
                     accept={'dialled': ['frontdesk', ''], 'tolerance_ms': 2500})
        c.leg(co, 'caller', number='01741000002', name='Lia Local')
        c.leg(cb, 'queue_member')
        c = lab.call('inbound', ('01741000003', 'Lio Local'), '4930555603', did='4930555603', start_uncertain=True,
                     accept={'dialled': ['frontdesk', ''], **SECONDS})
        c.leg(c2, 'caller', number='01741000003', name='Lio Local')
        c.leg(ca, 'queue_member')
    return truth


@scenario('connect-mid-code-consultation', 'the client connects while a phone consults by feature code; completed afterwards')
async def connect_code(lab):
    """Outside caller with 1002, who dials *2 1003 and talks to 1003 when the client connects; 1002 hangs up: the caller and 1003 talk; the caller hangs up."""
    b, d = await lab.phones(1002, 1003)
    co, cb = await inbound(lab, '49305551002', '01741000004', 'Codo Code', b)
    left = await code(cb, '*2', '1003')
    cd = await taken(d)
    await sleep(0.8)
    await lab.record(snapshot=True)
    await sleep(0.6)
    await cb.hangup()
    await sleep(1.4)
    await co.hangup()
    await cd.wait_end()

    def truth():
        c = lab.call('inbound', ('01741000004', 'Codo Code'), '1002', did='49305551002', start_uncertain=True, accept={'disposition': ['answered'], **SECONDS})
        c.leg(co, 'caller', number='01741000004', name='Codo Code')
        l2 = c.leg(cb, 'called', holds=[(left, cb.ended, 'feature')])
        l3 = c.leg(cd, 'transfer_target')
        c.transfer('attended', l2, l3, cb.ended)
    return truth


@scenario('connect-mid-blonde', 'the client connects after a transfer to a phone that still rings')
async def connect_blonde(lab):
    """Outside caller was transferred by 1001 to 1002, which rings when the client connects; 1002 answers; 1002 hangs up."""
    a, b = await lab.phones(1001, 1002)
    co, ca = await inbound(lab, '49305551001', '01741000005', 'Blanda Blond', a)
    cc = await consult(ca, '1002')
    cb = await b.wait_call()
    await sleep(0.5)
    await ca.attended_transfer(cc)
    await sleep(0.8)
    await lab.record(snapshot=True)
    await sleep(0.5)
    await cb.answer()
    await sleep(1.3)
    await cb.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01741000005', 'Blanda Blond'), '1002', did='49305551001', start_uncertain=True, accept={'dialled': ['1002', ''], **SECONDS},
                     note='1001 was gone before the client connected: its part cannot be known and is not listed')
        c.leg(co, 'caller', number='01741000005', name='Blanda Blond')
        c.leg(cb, 'transfer_target')
        lab.ignored_channels = {u for s in (ca, cc) for _, u, _ in lab.channels_of(s)}
    return truth


@scenario('connect-mid-originate', 'the client connects while click-to-dial rings the user')
async def connect_originate(lab):
    """Originate for 1001 to 1002: 1001 rings when the client connects; 1001 answers, 1002 rings and answers; 1001 hangs up."""
    a, b = await lab.phones(1001, 1002)
    await lab.ctl.action('Originate', Channel='PJSIP/1001', Context='click', Exten='1002', Priority='1',
                         CallerID='"Click to dial" <1002>', Timeout='15000', Async='true')
    ca = await a.wait_call()
    await sleep(0.8)
    await lab.record(snapshot=True)
    await sleep(0.4)
    await ca.answer()
    cb = await taken(b)
    await sleep(1.2)
    await ca.hangup()
    await cb.wait_end()

    def truth():
        c = lab.call('internal', '1001', '1002', start_uncertain=True, accept={'caller': ['1002'], 'dialled': ['1001', ''], **SECONDS})
        c.leg(ca, 'caller', originated=True)
        c.leg(cb, 'called')
    return truth


@scenario('connect-agent-idle', 'the client connects while agents wait on the line and in queues; calls follow')
async def connect_agent_idle(lab):
    """Agent 2001 waits on the line at 1002 and agent 2005 is a member of sales at 1005 when the client connects. Then a support caller, a sales caller, and a direct call of 1001 to 1005."""
    o, a, b = await lab.phones(1001, 1002, 1005)
    await lab.queue_add('sales', 'PJSIP/1005', agent='2005')
    login = await lab.agent_login(a, '2001')
    await lab.record(snapshot=True)
    co = await inbound(lab, '4930555601', '01741000006', 'Ida Idle')
    await co.wait_answer()
    await sleep(2.5)
    c2 = await inbound(lab, '4930555600', '01741000007', 'Ino Idle')
    cb = await taken(b)
    await sleep(1)
    await c2.hangup()
    await cb.wait_end()
    await co.hangup()
    await sleep(0.5)
    x, y = await reach(o, '1005', b)
    await y.hangup()
    await x.wait_end()
    await login.hangup()

    def truth():
        c = lab.call('inbound', ('01741000006', 'Ida Idle'), '4930555601', did='4930555601')
        c.leg(co, 'caller', number='01741000006', name='Ida Idle')
        agent_leg(lab, c, login)
        c = lab.call('inbound', ('01741000007', 'Ino Idle'), '4930555600', did='4930555600')
        c.leg(c2, 'caller', number='01741000007', name='Ino Idle')
        c.leg(cb, 'queue_member')
        c = lab.call('internal', '1001', '1005')
        c.leg(x, 'caller')
        c.leg(y, 'called')
    return truth


@scenario('lost-agent-roamed', 'an agent on the line moves to another phone while nobody listens', logoff=False)
async def lost_agent_roamed(lab):
    """Agent 2001 on the line at 1002; the link is cut; 2001 hangs up and logs on at 1003; the link comes back; a support caller gets 2001 at 1003; 1001 calls 1002: the owner's."""
    o, a, b = await lab.phones(1001, 1002, 1003)
    await lab.record(snapshot=True)
    l1 = await lab.agent_login(a, '2001')
    await cut(lab)
    await l1.hangup()
    l2 = await lab.agent_login(b, '2001')
    await linked(lab)
    co = await inbound(lab, '4930555601', '01741000008', 'Roma Roam')
    await co.wait_answer()
    await sleep(2.5)
    x, y = await reach(o, '1002', a)
    await x.hangup()
    await y.wait_end()
    await co.hangup()
    await sleep(1)
    await l2.hangup()

    def truth():
        c = lab.call('inbound', ('01741000008', 'Roma Roam'), '4930555601', did='4930555601')
        c.leg(co, 'caller', number='01741000008', name='Roma Roam')
        agent_leg(lab, c, l2)
        c = lab.call('internal', '1001', '1002')
        c.leg(x, 'caller')
        c.leg(y, 'called')
    return truth


@scenario('lost-ring-group', 'link lost while a ring group rings; answered meanwhile', logoff=False)
async def lost_ring_group(lab):
    """Outside caller rings at 1004, 1005 and 1006; the link is cut; 1006 answers; the link comes back; 1006 transfers blind to 1001; the caller hangs up."""
    o, a, b, d = await lab.phones(1001, 1004, 1005, 1006)
    await lab.record(snapshot=True)
    co = await inbound(lab, '4930555610', '01741000009', 'Gaby Gruppe')
    ca, cb, cd = await a.wait_call(), await b.wait_call(), await d.wait_call()
    await sleep(0.8)
    await cut(lab)
    await sleep(0.5)
    await cd.answer()
    await co.wait_answer()
    await sleep(1)
    await linked(lab)
    await sleep(0.5)
    await cd.blind_transfer('1001')
    cz = await taken(o)
    await sleep(1)
    await co.hangup()
    await cz.wait_end()

    def truth():
        c = lab.call('inbound', ('01741000009', 'Gaby Gruppe'), '6100', did='4930555610', **gap(lab))
        c.leg(co, 'caller', number='01741000009', name='Gaby Gruppe')
        c.leg(ca, 'called', result='answered_elsewhere')
        c.leg(cb, 'called', result='answered_elsewhere')
        l4 = c.leg(cd, 'called')
        l5 = c.leg(cz, 'transfer_target')
        c.transfer('blind', l4, l5, when(cd, 'refer'))
    return truth


@scenario('lost-blonde', 'link lost while a transferred call rings; answered meanwhile', logoff=False)
async def lost_blonde(lab):
    """Outside caller with 1001, transferred attended to ringing 1002; the link is cut; 1002 answers; the link comes back; 1002 holds, retrieves and hangs up."""
    a, b = await lab.phones(1001, 1002)
    await lab.record(snapshot=True)
    co, ca = await inbound(lab, '49305551001', '01741000010', 'Bluma Blond', a)
    cc = await consult(ca, '1002')
    cb = await b.wait_call()
    await sleep(0.6)
    await ca.attended_transfer(cc)
    await sleep(0.5)
    await cut(lab)
    await sleep(0.4)
    await cb.answer()
    await sleep(1)
    await linked(lab)
    await sleep(0.4)
    await cb.hold()
    await sleep(0.7)
    await cb.unhold()
    await sleep(0.4)
    await cb.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01741000010', 'Bluma Blond'), '1001', did='49305551001', **gap(lab))
        c.leg(co, 'caller', number='01741000010', name='Bluma Blond')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(cc, 'consultation', own_consultation=True, same_device_as=l2)
        l4 = c.leg(cb, 'transfer_target')
        c.transfer('blonde', l2, l4, when(ca, 'refer'), consultation_leg=l3.id)
    return truth


@scenario('lost-park-recalled', 'link lost while a call is parked; it came back to the parker meanwhile', logoff=False)
async def lost_park_recalled(lab):
    """Outside caller with 1001, parked; the link is cut; after 8 s it rings back at 1001, who answers; the link comes back; 1001 hangs up."""
    a = await lab.phones(1001)
    await lab.record(snapshot=True)
    co, ca = await inbound(lab, '49305551001', '01741000011', 'Perle Park', a)
    await ca.blind_transfer('700')
    await sleep(1)
    await cut(lab)
    c2 = await a.wait_call(20)
    back = c2.start
    await sleep(0.5)
    await c2.answer()
    await sleep(0.8)
    await linked(lab)
    await sleep(0.8)
    await c2.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01741000011', 'Perle Park'), '1001', did='49305551001', **gap(lab))
        l1 = c.leg(co, 'caller', number='01741000011', name='Perle Park')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(c2, 'called', same_device_as=l2)
        c.transfer('park', l2, None, when(ca, 'refer'), slot='701')
        c.diversion('park_recall', None, l3, back, '701')
        c.stay('park', '701', l1, when(ca, 'refer'), back)
    return truth


@scenario('lost-queue-changed', 'a waiting caller overflows into the next queue while nobody listens', logoff=False)
async def lost_queue_changed(lab):
    """Outside caller waits in queue first (nobody there); the link is cut; after 6 s the caller waits in queue second, 1004 rings; the link comes back; 1004 answers; the caller hangs up."""
    a = await lab.phones(1004)
    await lab.queue_add('second', 'PJSIP/1004', agent='2006')
    await lab.record(snapshot=True)
    co = await inbound(lab, '4930555611', '01741000012', 'Udine Ueberlauf')
    await co.wait_answer()
    await sleep(3)
    await cut(lab)
    ca = await a.wait_call()
    await sleep(0.8)
    await linked(lab)
    await sleep(0.6)
    await ca.answer()
    await sleep(1.3)
    await co.hangup()
    await ca.wait_end()

    def truth():
        c = lab.call('inbound', ('01741000012', 'Udine Ueberlauf'), '4930555611', did='4930555611', **gap(lab))
        c.leg(co, 'caller', number='01741000012', name='Udine Ueberlauf')
        c.leg(ca, 'queue_member')
    return truth


@scenario('lost-ringing-moves-on', 'link lost while one phone of a hunt rings; back while the next one rings', logoff=False)
async def lost_hunt(lab):
    """1001 calls 6102: 1004 rings (4 s); the link is cut; then 1005 rings; the link comes back; 1005 answers and hangs up."""
    o, a, b = await lab.phones(1001, 1004, 1005)
    await lab.record(snapshot=True)
    co = await o.call('6102')
    ca = await a.wait_call()
    await sleep(1)
    await cut(lab)
    cb = await b.wait_call()
    await sleep(0.7)
    await linked(lab)
    await sleep(0.5)
    await cb.answer()
    await co.wait_answer()
    await sleep(1.2)
    await cb.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('internal', '1001', '6102', **gap(lab))
        c.leg(co, 'caller')
        c.leg(ca, 'called', result='no_answer')
        c.leg(cb, 'called')
    return truth


@scenario('lost-redialled', 'during the gap a ringing call is given up and dialled again', logoff=False)
async def lost_redialled(lab):
    """1001 calls 1002, which rings; the link is cut; 1001 gives up and calls 1002 again; it rings; the link comes back; 1002 answers; 1001 hangs up."""
    a, b = await lab.phones(1001, 1002)
    await lab.record(snapshot=True)
    ca = await a.call('1002')
    cb = await b.wait_call()
    await sleep(0.8)
    await cut(lab)
    await sleep(0.3)
    await ca.hangup()
    await cb.wait_end()
    await sleep(0.5)
    x = await a.call('1002')
    y = await b.wait_call()
    await sleep(0.8)
    await linked(lab)
    await sleep(0.5)
    await y.answer()
    await x.wait_answer()
    await sleep(1)
    await x.hangup()
    await y.wait_end()

    def truth():
        c = lab.call('internal', '1001', '1002', disposition='abandoned', end_uncertain=True, accept={'disposition': ['abandoned', 'no_answer', 'link_lost']}, **gap(lab))
        c.leg(ca, 'caller')
        c.leg(cb, 'called', result='abandoned')
        c = lab.call('internal', '1001', '1002', start_uncertain=True, accept=SECONDS)
        c.leg(x, 'caller')
        c.leg(y, 'called')
    return truth


@scenario('lost-during-events', 'the connection ends in the middle of a burst of events', logoff=False)
async def lost_during_events(lab):
    """The link is cut in the very moment in which 1002 answers 1001's call and an outside caller starts; it comes back 1.5 s later; the calls end normally."""
    a, b, d = await lab.phones(1001, 1002, 1003)
    await lab.record(snapshot=True)
    ca = await a.call('1002')
    cb = await b.wait_call()
    await sleep(0.8)
    await cb.answer()
    co = await inbound(lab, '49305551003', '01741000013', 'Bruno Bruch')
    await cut(lab)
    cd = await d.wait_call()
    await ca.wait_answer()
    await sleep(0.6)
    await cd.answer()
    await co.wait_answer()
    await sleep(0.8)
    await linked(lab)
    await sleep(0.6)
    await cd.hangup()
    await co.wait_end()
    await ca.hangup()
    await cb.wait_end()

    def truth():
        c = lab.call('internal', '1001', '1002', **gap(lab))
        c.leg(ca, 'caller')
        c.leg(cb, 'called')
        c = lab.call('inbound', ('01741000013', 'Bruno Bruch'), '1003', did='49305551003', start_uncertain=True, accept=SECONDS)
        c.leg(co, 'caller', number='01741000013', name='Bruno Bruch')
        c.leg(cd, 'called')
    return truth
