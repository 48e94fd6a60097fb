"""Parked, picked up, taken over, and what goes wrong with it."""
from asyncio import sleep

from a0_common import consult, inbound, reach, taken
from lab import scenario, when


@scenario('park-code-retrieved-by-parker', 'parked by feature code, retrieved by who parked it, then transferred attended')
async def park_by_code(lab):
    """Outside caller with 1001, who dials #72 (slot 701) and hangs up; 1001 dials 701 and has the caller again; consults 1002 and joins both; 1002 hangs up."""
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01661000001', 'Pina Park', a)
    await ca.dtmf('#72')
    pressed = when(ca, 'dtmf') + 0.4
    await sleep(3.5)
    if not ca.ended:
        await ca.hangup()
    await sleep(0.5)
    c2 = await a.call('701')
    await c2.wait_answer()
    await sleep(1.2)
    cc, cb = await consult(c2, '1002', b)
    await c2.attended_transfer(cc)
    await sleep(1.3)
    await cb.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01661000001', 'Pina Park'), '1001', did='49305551001')
        l1 = c.leg(co, 'caller', number='01661000001', name='Pina Park')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(c2, 'pickup')
        l4 = c.leg(cc, 'consultation', own_consultation=True, same_device_as=l3)
        l5 = c.leg(cb, 'transfer_target')
        c.transfer('park', l2, None, pressed, slot='701')
        c.diversion('park_retrieve', None, l3, c2.answered, '701')
        c.transfer('attended', l3, l5, when(c2, 'refer'), consultation_leg=l4.id)
        c.stay('park', '701', l1, pressed, c2.answered)
    return truth


@scenario('park-caller-gives-up', 'the parked caller hangs up in the slot')
async def park_gives_up(lab):
    """Outside caller with 1001, who transfers blind to 700; the caller hangs up in slot 701."""
    a = await lab.phones(1001)
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01661000002', 'Pelle Park', a)
    await ca.blind_transfer('700')
    await sleep(2.5)
    await co.hangup()

    def truth():
        c = lab.call('inbound', ('01661000002', 'Pelle Park'), '1001', did='49305551001')
        l1 = c.leg(co, 'caller', number='01661000002', name='Pelle Park')
        l2 = c.leg(ca, 'called')
        c.transfer('park', l2, None, when(ca, 'refer'), slot='701')
        c.stay('park', '701', l1, when(ca, 'refer'), co.ended)
    return truth


@scenario('park-recall-busy-then-again', 'the parked call comes back, is parked again, comes back again')
async def park_twice(lab):
    """1002 calls 1003; 1003 parks it (#72); after 8 s it rings back at 1003, who answers and parks it again; it comes back again, 1003 answers; 1002 hangs up."""
    a, b = await lab.phones(1002, 1003)
    await lab.record()
    ca, cb = await reach(a, '1003', b)
    await cb.dtmf('#72')
    p1 = when(cb, 'dtmf') + 0.4
    c2 = await b.wait_call(25)
    if not cb.ended:
        await cb.hangup()
    back1 = c2.start
    await sleep(0.8)
    await c2.answer()
    await sleep(1.5)
    await c2.dtmf('#72')
    p2 = when(c2, 'dtmf') + 0.4
    c3 = await b.wait_call(25)
    if not c2.ended:
        await c2.hangup()
    back2 = c3.start
    await sleep(0.8)
    await c3.answer()
    await sleep(1.3)
    await ca.hangup()
    await c3.wait_end()

    def truth():
        c = lab.call('internal', '1002', '1003')
        l1 = c.leg(ca, 'caller')
        l2 = c.leg(cb, 'called')
        l3 = c.leg(c2, 'called', same_device_as=l2)
        l4 = c.leg(c3, 'called', same_device_as=l2)
        c.transfer('park', l2, None, p1, slot='701')
        c.diversion('park_recall', None, l3, back1, '701')
        c.transfer('park', l3, None, p2, slot='701')
        c.diversion('park_recall', None, l4, back2, '701')
        c.stay('park', '701', l1, p1, back1)
        c.stay('park', '701', l1, p2, back2)
    return truth


@scenario('park-recall-no-answer', 'the parked call comes back and nobody answers')
async def park_recall_no_answer(lab):
    """Outside caller with 1001, who parks it by blind transfer to 700; after 8 s it rings at 1001 for 10 s, nobody answers, the PBX ends it."""
    a = await lab.phones(1001)
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01661000003', 'Pia Pech', a)
    await ca.blind_transfer('700')
    c2 = await a.wait_call(20)
    back = c2.start
    await c2.wait_end()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01661000003', 'Pia Pech'), '1001', did='49305551001')
        l1 = c.leg(co, 'caller', number='01661000003', name='Pia Pech')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(c2, 'called', same_device_as=l2, result='no_answer')
        c.transfer('park', l2, None, when(ca, 'refer'), slot='701')
        c.diversion('park_recall', None, l3, back, '701')
        c.stay('park', '701', l1, when(ca, 'refer'), back)
    return truth


@scenario('park-two-slots', 'two callers parked at once, retrieved crosswise')
async def park_two(lab):
    """Two outside callers with 1001 and 1002, parked in 701 and 702; 1003 retrieves the second, 1002 the first; 1003's caller hangs up, 1002 hangs up."""
    a, b, d = await lab.phones(1001, 1002, 1003)
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01661000004', 'Pavel Park', a)
    c2, cb = await inbound(lab, '49305551002', '01661000005', 'Petra Park', b)
    await ca.blind_transfer('700')
    await sleep(0.8)
    await cb.blind_transfer('700')
    await sleep(2)
    cd = await d.call('702')
    await cd.wait_answer()
    await sleep(0.4)
    ce = await b.call('701')
    await ce.wait_answer()
    await sleep(1.2)
    await c2.hangup()
    await cd.wait_end()
    await ce.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01661000004', 'Pavel Park'), '1001', did='49305551001')
        l1 = c.leg(co, 'caller', number='01661000004', name='Pavel Park')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(ce, 'pickup')
        c.transfer('park', l2, None, when(ca, 'refer'), slot='701')
        c.diversion('park_retrieve', None, l3, ce.answered, '701')
        c.stay('park', '701', l1, when(ca, 'refer'), ce.answered)
        c = lab.call('inbound', ('01661000005', 'Petra Park'), '1002', did='49305551002')
        l1 = c.leg(c2, 'caller', number='01661000005', name='Petra Park')
        l2 = c.leg(cb, 'called')
        l3 = c.leg(cd, 'pickup')
        c.transfer('park', l2, None, when(cb, 'refer'), slot='702')
        c.diversion('park_retrieve', None, l3, cd.answered, '702')
        c.stay('park', '702', l1, when(cb, 'refer'), cd.answered)
    return truth


@scenario('park-wrong-slot', 'somebody dials an empty slot')
async def park_wrong_slot(lab):
    """1002 dials 703, where nobody is parked: an announcement, and the PBX hangs up. Meanwhile an outside caller talks to 1001."""
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01661000006', 'Piet Park', a)
    cb = await b.call('703')
    await sleep(1.5)
    if not cb.ended:
        await cb.hangup()
    await sleep(0.5)
    await co.hangup()
    await ca.wait_end()

    def truth():
        c = lab.call('inbound', ('01661000006', 'Piet Park'), '1001', did='49305551001')
        c.leg(co, 'caller', number='01661000006', name='Piet Park')
        c.leg(ca, 'called')
        c = lab.call('internal', '1002', '703', disposition='failed', answer=None, accept={'disposition': ['no_answer', 'abandoned', 'answered']},
                     note='an empty park slot: the PBX may answer for the announcement, nobody else is there')
        c.leg(cb, 'caller', result='failed', early_answer=True, unchecked=True)
    return truth


@scenario('pickup-of-ring-group', 'a colleague outside the group picks up a call that rings at three phones')
async def pickup_ring_group(lab):
    """Outside caller rings at 1004, 1005 and 1006 (group 6100); 1001 dials *92 1005 and gets the call; all three stop; the caller hangs up."""
    o, a, b, d = await lab.phones(1001, 1004, 1005, 1006)
    await lab.record()
    co = await inbound(lab, '4930555610', '01661000007', 'Gustav Griff')
    ca, cb, cd = await a.wait_call(), await b.wait_call(), await d.wait_call()
    await sleep(1.3)
    ce = await o.call('*921005')
    await ce.wait_answer()
    await co.wait_answer()
    for x in (ca, cb, cd):
        await x.wait_end()
    await sleep(1.5)
    await co.hangup()
    await ce.wait_end()

    def truth():
        c = lab.call('inbound', ('01661000007', 'Gustav Griff'), '6100', did='4930555610', answer=co.answered, accept={'tolerance_ms': 700})
        c.leg(co, 'caller', number='01661000007', name='Gustav Griff')
        ls = [c.leg(x, 'called', result='answered_elsewhere', unchecked=True) for x in (ca, cb, cd)]
        l5 = c.leg(ce, 'pickup', unchecked=True)
        c.diversion('pickup', ls[1], l5, ce.answered, '*921005')
    return truth


@scenario('pickup-of-queue-call', 'a colleague picks up a queue call that rings at a member')
async def pickup_queue(lab):
    """Caller in frontdesk, 1005 (agent 2005) rings; 1001 dials *92 1005 and gets the call; 1001 hangs up."""
    o, b = await lab.phones(1001, 1005)
    await lab.queue_add('frontdesk', 'PJSIP/1005', agent='2005')
    await lab.record()
    co = await inbound(lab, '4930555603', '01661000008', 'Gesa Griff')
    cb = await b.wait_call()
    await sleep(1.3)
    ce = await o.call('*921005')
    await ce.wait_answer()
    await cb.wait_end()
    await sleep(1.5)
    await ce.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01661000008', 'Gesa Griff'), '4930555603', did='4930555603', answer=ce.answered, accept={'tolerance_ms': 700})
        c.leg(co, 'caller', number='01661000008', name='Gesa Griff')
        l2 = c.leg(cb, 'queue_member', result='answered_elsewhere', unchecked=True)
        l3 = c.leg(ce, 'pickup', unchecked=True)
        c.diversion('pickup', l2, l3, ce.answered, '*921005')
    return truth


@scenario('pickup-of-blonde', 'a transferred call is picked up while it rings at the target')
async def pickup_blonde(lab):
    """Outside caller with 1001, transferred blind to 1003; while 1003 rings, 1004 takes it with *8; 1004 hangs up."""
    a, b, d = await lab.phones(1001, 1003, 1004)
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01661000009', 'Gero Griff', a)
    await ca.blind_transfer('1003')
    cb = await b.wait_call()
    await sleep(1.2)
    cd = await d.call('*8')
    await cd.wait_answer()
    await cb.wait_end()
    await sleep(1.5)
    await cd.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01661000009', 'Gero Griff'), '1001', did='49305551001', accept={'tolerance_ms': 700})
        c.leg(co, 'caller', number='01661000009', name='Gero Griff')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(cb, 'transfer_target', result='answered_elsewhere', unchecked=True)
        l4 = c.leg(cd, 'pickup', unchecked=True)
        c.transfer('blind', l2, l4, when(ca, 'refer'))
        c.diversion('pickup', l3, l4, cd.answered, '*8')
    return truth


@scenario('pickup-then-transfer', 'a picked up call is transferred attended by who picked it up')
async def pickup_then_transfer(lab):
    """1002 calls 1003; 1004 takes it with *8, holds, consults 1001 and joins both; 1002 hangs up."""
    o, a, b, d = await lab.phones(1001, 1002, 1003, 1004)
    await lab.record()
    ca = await a.call('1003')
    cb = await b.wait_call()
    await sleep(1.2)
    cd = await d.call('*8')
    await cd.wait_answer()
    await cb.wait_end()
    await sleep(1)
    cc, ce = await consult(cd, '1001', o)
    await cd.attended_transfer(cc)
    await sleep(1.3)
    await ca.hangup()
    await ce.wait_end()

    def truth():
        c = lab.call('internal', '1002', '1003', answer=cd.answered, accept={'tolerance_ms': 700})
        c.leg(ca, 'caller')
        l2 = c.leg(cb, 'called', result='answered_elsewhere', unchecked=True)
        l3 = c.leg(cd, 'pickup', unchecked=True)
        l4 = c.leg(cc, 'consultation', own_consultation=True, same_device_as=l3)
        l5 = c.leg(ce, 'transfer_target')
        c.diversion('pickup', l2, l3, cd.answered, '*8')
        c.transfer('attended', l3, l5, when(cd, 'refer'), consultation_leg=l4.id)
    return truth


@scenario('pickup-nothing', 'pickup when nothing rings')
async def pickup_nothing(lab):
    """1004 dials *8 while nothing rings: the PBX refuses. Then 1004 calls 1001."""
    o, d = await lab.phones(1001, 1004)
    await lab.record()
    cd = await d.call('*8')
    await cd.wait_end()
    await sleep(0.4)
    x, y = await reach(d, '1001', o)
    await x.hangup()
    await y.wait_end()

    def truth():
        c = lab.call('internal', '1004', '1001')
        c.leg(x, 'caller')
        c.leg(y, 'called')
        lab.not_call('pickup code call of 1004 that found nothing', cd)
    return truth
