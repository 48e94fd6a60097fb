"""Two things at the same instant. What came of it is told by the phones; the truth is stated accordingly."""
from asyncio import create_task, gather, sleep

from a0_common import channel, consult, inbound, reach, taken
from d_queues import agent_leg
from lab import scenario, when


@scenario('race-call-each-other', 'two phones call each other at the same moment')
async def call_each_other(lab):
    """1001 and 1002 dial each other at once; both second lines ring; 1002 answers 1001's call; 1002 gives up its own; 1001 hangs up."""
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    ca, cb = await gather(a.call('1002'), b.call('1001'))
    ra, rb = await gather(a.wait_call(), b.wait_call())
    await sleep(0.8)
    await rb.answer()
    await ca.wait_answer()
    await sleep(0.4)
    await cb.hangup()
    await ra.wait_end()
    await sleep(1)
    await ca.hangup()
    await rb.wait_end()

    def truth():
        c = lab.call('internal', '1001', '1002')
        c.leg(ca, 'caller')
        c.leg(rb, 'called')
        c = lab.call('internal', '1002', '1001')
        c.leg(cb, 'caller')
        c.leg(ra, 'called', result='abandoned')
    return truth


@scenario('race-two-pick-up', 'two colleagues pick up the same call at the same moment')
async def two_pick_up(lab):
    """Outside caller rings at 1003; 1004 and 1005 dial *8 at once; one gets the call, the other is refused; the caller hangs up."""
    a, b, d = await lab.phones(1003, 1004, 1005)
    await lab.record()
    co = await inbound(lab, '49305551003', '01751000001', 'Rudi Rennen')
    ca = await a.wait_call()
    await sleep(1.2)
    x, y = await gather(b.call('*8'), d.call('*8'))
    await co.wait_answer()
    await ca.wait_end()
    await sleep(1.5)
    won, lost = (x, y) if y.ended else (y, x)
    await co.hangup()
    await won.wait_end()

    def truth():
        c = lab.call('inbound', ('01751000001', 'Rudi Rennen'), '1003', did='49305551003', answer=co.answered, accept={'tolerance_ms': 700})
        c.leg(co, 'caller', number='01751000001', name='Rudi Rennen')
        l2 = c.leg(ca, 'called', result='answered_elsewhere', unchecked=True)
        l3 = c.leg(won, 'pickup', unchecked=True)
        c.diversion('pickup', l2, l3, won.answered, '*8')
        lab.not_call('pickup code call that came too late', lost)
    return truth


@scenario('race-answer-and-cancel', 'the caller gives up in the instant in which the called party answers')
async def answer_and_cancel(lab):
    """1001 calls 1002 three times; each time 1002 answers and 1001 gives up at the same moment, a little earlier or later."""
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    got = []
    for first in (0, 0.004, -0.004):
        ca = await a.call('1002')
        cb = await b.wait_call()
        await sleep(0.7)

        async def later(t, f):
            await sleep(max(0, t))
            await f()
        await gather(later(first, cb.answer), later(-first, ca.hangup))
        await cb.wait_end()
        if not ca.ended:
            await ca.wait_end()
        got.append((ca, cb))
        await sleep(0.5)

    def truth():
        for ca, cb in got:
            c = lab.call('internal', '1001', '1002', answer=None, disposition='abandoned', accept={'disposition': ['abandoned', 'answered', 'no_answer']},
                         note='answer and cancellation crossed: both readings are good')
            c.leg(ca, 'caller', unchecked=True)
            c.leg(cb, 'called', unchecked=True)
    return truth


@scenario('race-blonde-answer', 'the target answers in the instant in which the phone transfers')
async def blonde_answer(lab):
    """Outside caller with 1001, who calls 1002; 1002 answers and 1001 transfers at the same moment; the caller and 1002 talk; the caller hangs up."""
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01751000002', 'Rike Rennen', a)
    cc = await consult(ca, '1002')
    cb = await b.wait_call()
    await sleep(0.8)
    await gather(cb.answer(), ca.attended_transfer(cc))
    await sleep(1.6)
    await co.hangup()
    await cb.wait_end()

    def truth():
        c = lab.call('inbound', ('01751000002', 'Rike Rennen'), '1001', did='49305551001')
        c.leg(co, 'caller', number='01751000002', name='Rike Rennen')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(cc, 'consultation', own_consultation=True, same_device_as=l2, unchecked=True)
        l4 = c.leg(cb, 'transfer_target')
        c.transfer('blonde', l2, l4, when(ca, 'refer'), consultation_leg=l3.id)
    return truth


@scenario('race-transfer-and-hangup', 'the transferred party hangs up in the instant of the transfer')
async def transfer_and_hangup(lab):
    """Outside caller with 1001; 1001 transfers blind to 1002 and the caller hangs up at the same moment. Then another caller, attended: the target hangs up as the transfer is made; the caller is left alone and hangs up."""
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01751000003', 'Rolf Rennen', a)
    await gather(ca.refer('1002'), co.hangup())
    await sleep(1.2)
    rang = b.incoming.get_nowait() if not b.incoming.empty() else None
    if not ca.ended:
        await ca.hangup()
    if rang and not rang.ended:
        await rang.wait_end()
    await sleep(0.6)
    c2, ca2 = await inbound(lab, '49305551001', '01751000004', 'Roxana Rennen', a)
    cc, cb = await consult(ca2, '1002', b)
    await gather(cb.hangup(), ca2.refer_replaces(cc))
    await sleep(1.2)
    for x in (ca2, cc, c2):
        if not x.ended:
            await x.hangup()
            await sleep(0.2)
    one = not cc.ended

    def truth():
        c = lab.call('inbound', ('01751000003', 'Rolf Rennen'), '1001', did='49305551001', accept={'disposition': ['answered'], 'tolerance_ms': 1500})
        c.leg(co, 'caller', number='01751000003', name='Rolf Rennen')
        l2 = c.leg(ca, 'called', unchecked=True)
        if rang:
            c.leg(rang, 'transfer_target', result='abandoned', unchecked=True)
        c = lab.call('inbound', ('01751000004', 'Roxana Rennen'), '1001', did='49305551001', accept={'calls': 2, 'disposition': ['answered'], 'tolerance_ms': 1500},
                     note='the consultation ended as the transfer was made: one call or two')
        c.leg(c2, 'caller', number='01751000004', name='Roxana Rennen')
        l2 = c.leg(ca2, 'called', unchecked=True)
        c.leg(cc, 'consultation', own_consultation=True, same_device_as=l2, unchecked=True)
        c.leg(cb, 'transfer_target', unchecked=True)
    return truth


@scenario('race-two-retrieve', 'two phones retrieve the same parked call at the same moment')
async def two_retrieve(lab):
    """Outside caller with 1001, parked in 701; 1002 and 1003 dial 701 at once; one gets the caller, the other an announcement; the caller hangs up."""
    a, b, d = await lab.phones(1001, 1002, 1003)
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01751000005', 'Rena Rennen', a)
    await ca.blind_transfer('700')
    await sleep(1.5)
    x, y = await gather(b.call('701'), d.call('701'))
    await gather(x.wait_answer(), y.wait_answer())
    await sleep(2.2)
    for s in (x, y):            # the one who is alone hears "not here" and is ended by the PBX, or gives up
        if s.ended:
            break
    got = None
    _, ev = await lab.ctl.action('CoreShowChannels')
    row = {dict(e)['Channel']: dict(e).get('BridgeId') for e in ev if dict(e).get('Event') == 'CoreShowChannel'}
    won, lost = (x, y) if row.get(channel(lab, x)) else (y, x)
    if not lost.ended:
        await lost.hangup()
    await sleep(0.6)
    await co.hangup()
    await won.wait_end()

    def truth():
        c = lab.call('inbound', ('01751000005', 'Rena Rennen'), '1001', did='49305551001')
        l1 = c.leg(co, 'caller', number='01751000005', name='Rena Rennen')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(won, 'pickup')
        c.transfer('park', l2, None, when(ca, 'refer'), slot='701')
        c.diversion('park_retrieve', None, l3, won.answered, '701')
        c.stay('park', '701', l1, when(ca, 'refer'), won.answered)
        c = lab.call('internal', lost.phone.number, '701', disposition='failed', answer=None, accept={'disposition': ['no_answer', 'abandoned', 'answered', 'failed']})
        c.leg(lost, 'caller', result='failed', early_answer=True, unchecked=True)
    return truth


@scenario('race-agent-leaves-at-offer', 'an agent hangs up while a call is offered; the next agent takes it')
async def agent_leaves_at_offer(lab):
    """Agent 2003 (has to accept with #) waits on the line at 1003; a support call is offered; 2003 puts the receiver down instead: logoff. 2001 logs on at 1002 and gets the caller, who hangs up."""
    a, d = await lab.phones(1002, 1003)
    await lab.record()
    l3 = await lab.agent_login(d, '2003')
    co = await inbound(lab, '4930555601', '01751000006', 'Renzo Rennen')
    await co.wait_answer()
    await sleep(1.2)
    await l3.hangup()
    l1 = await lab.agent_login(a, '2001', ready=False)
    await sleep(10)
    await co.hangup()
    await sleep(1)
    await l1.hangup()

    def truth():
        c = lab.call('inbound', ('01751000006', 'Renzo Rennen'), '4930555601', did='4930555601')
        c.leg(co, 'caller', number='01751000006', name='Renzo Rennen')
        agent_leg(lab, c, l3, result='no_answer', hung_up_by='party')
        agent_leg(lab, c, l1)
    return truth


@scenario('race-queue-timeout-answer', 'the member answers in the instant in which the queue gives up on it')
async def timeout_answer(lab):
    """Queue first offers a call to 1005 for 4 s; 1005 answers at exactly that time; whatever comes of it, 1005 answers the next ring; the caller hangs up."""
    b = await lab.phones(1005)
    await lab.queue_add('first', 'PJSIP/1005', agent='2005')
    await lab.queue_add('second', 'PJSIP/1005', agent='2005')
    await lab.record()
    co = await inbound(lab, '4930555611', '01751000007', 'Ringo Rennen')
    b1 = await b.wait_call()
    await sleep(max(0, b1.start + 3.996 - __import__('time').time()))
    if not b1.ended:
        await b1.answer()
    await sleep(1.3)
    rings = [b1]
    if b1.ended:
        while True:
            x = await b.wait_call()
            rings.append(x)
            await sleep(0.5)
            if not x.ended:
                await x.answer()
                break
    await sleep(1.2)
    await co.hangup()
    await rings[-1].wait_end()
    if not co.answered:
        lab.notes.append('the caller was never put through')

    def truth():
        c = lab.call('inbound', ('01751000007', 'Ringo Rennen'), '4930555611', did='4930555611', accept={'disposition': ['answered'], 'tolerance_ms': 5000})
        c.leg(co, 'caller', number='01751000007', name='Ringo Rennen')
        for x in rings:
            c.leg(x, 'queue_member', unchecked=True, **({} if x is rings[-1] else dict(result='no_answer', answer=None)))
    return truth


@scenario('race-pickup-and-answer', 'a call is picked up in the instant in which it is answered')
async def pickup_and_answer(lab):
    """Outside caller rings at 1003; 1003 answers and 1004 dials *8 at the same moment: 1003 or 1004 has the call; the caller hangs up."""
    a, b = await lab.phones(1003, 1004)
    await lab.record()
    co = await inbound(lab, '49305551003', '01751000008', 'Runa Rennen')
    ca = await a.wait_call()
    await sleep(1.2)
    _, x = await gather(ca.answer(), b.call('*8'))
    await co.wait_answer()
    await sleep(1.5)
    won, lost = (ca, x) if x.ended else (x, ca)
    if not lost.ended:
        await lost.hangup()
    await co.hangup()
    await won.wait_end()

    def truth():
        c = lab.call('inbound', ('01751000008', 'Runa Rennen'), '1003', did='49305551003', answer=co.answered, accept={'tolerance_ms': 700})
        c.leg(co, 'caller', number='01751000008', name='Runa Rennen')
        if won is ca:
            c.leg(ca, 'called', unchecked=True)
            lab.not_call('pickup code call that came too late', x)
        else:
            l2 = c.leg(ca, 'called', result='answered_elsewhere', unchecked=True, answer=None)
            c.leg(x, 'pickup', unchecked=True)
    return truth
