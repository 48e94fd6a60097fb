"""Queues that overflow, loop, race and wrap up."""
from asyncio import gather, sleep

from a0_common import inbound, taken
from lab import scenario, when


@scenario('overflow-second-answers', 'nobody answers in the first queue; the second queue does')
async def overflow_second(lab):
    """Outside caller in queue first: agent 2005 at 1005 rings (4 s, once more), 6 s are over; in queue second agent 2006 at 1004 answers and hangs up."""
    a, b = await lab.phones(1004, 1005)
    await lab.queue_add('first', 'PJSIP/1005', agent='2005')
    await lab.queue_add('second', 'PJSIP/1004', agent='2006')
    await lab.record(snapshot=True)
    co = await inbound(lab, '4930555611', '01641000001', 'Ulf Ueberlauf')
    b1 = await b.wait_call()
    b2 = await b.wait_call()
    ca = await taken(a)
    await sleep(1.4)
    await ca.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01641000001', 'Ulf Ueberlauf'), '4930555611', did='4930555611')
        c.leg(co, 'caller', number='01641000001', name='Ulf Ueberlauf')
        c.leg(b1, 'queue_member')
        c.leg(b2, 'queue_member')
        c.leg(ca, 'queue_member')
    return truth


@scenario('overflow-abandoned', 'the caller gives up in the second queue')
async def overflow_abandoned(lab):
    """Outside caller in queue first, where nobody works, and after 6 s in queue second, where 1004 rings; the caller gives up."""
    a = await lab.phones(1004)
    await lab.queue_add('second', 'PJSIP/1004', agent='2006')
    await lab.record()
    co = await inbound(lab, '4930555611', '01641000002', 'Ute Ueberlauf')
    ca = await a.wait_call()
    await sleep(2)
    await co.hangup()
    await ca.wait_end()

    def truth():
        c = lab.call('inbound', ('01641000002', 'Ute Ueberlauf'), '4930555611', did='4930555611')
        c.leg(co, 'caller', number='01641000002', name='Ute Ueberlauf')
        c.leg(ca, 'queue_member', result='abandoned')
    return truth


@scenario('overflow-to-ring-group', 'two queues in vain, then the ring group')
async def overflow_ring_group(lab):
    """Outside caller in queue first (1005 rings, declines, rings again), in queue second (1004 does not answer), then ring group 6100: 1006 answers. 1005 takes part four times, the caller hangs up."""
    a, b, d = await lab.phones(1004, 1005, 1006)
    await lab.queue_add('first', 'PJSIP/1005', agent='2005')
    await lab.queue_add('second', 'PJSIP/1004', name='Dave Drum')
    await lab.record()
    co = await inbound(lab, '4930555611', '01641000003', 'Udo Ueberlauf')
    b1 = await b.wait_call()
    await sleep(1)
    await b1.reject(486)
    bs, as_ = [b1], []
    cd = await d.wait_call(25)
    await sleep(1)
    await cd.answer()
    await sleep(1.4)
    await co.hangup()
    await cd.wait_end()
    while not b.incoming.empty():
        bs.append(b.incoming.get_nowait())
    while not a.incoming.empty():
        as_.append(a.incoming.get_nowait())

    def truth():
        c = lab.call('inbound', ('01641000003', 'Udo Ueberlauf'), '4930555611', did='4930555611')
        c.leg(co, 'caller', number='01641000003', name='Udo Ueberlauf')
        for x in sorted(bs + as_ + [cd], key=lambda x: x.start):
            c.leg(x, 'called' if x.start > cd.start - 0.3 else 'queue_member')
    return truth


@scenario('queue-left-by-key', 'the caller leaves the first queue with a key, for the second')
async def queue_left_by_key(lab):
    """Outside caller in queue first while 1005 rings; presses 5; in queue second agent 2006 at 1004 answers; the caller hangs up."""
    a, b = await lab.phones(1004, 1005)
    await lab.queue_add('first', 'PJSIP/1005', agent='2005')
    await lab.queue_add('second', 'PJSIP/1004', agent='2006')
    await lab.record()
    co = await inbound(lab, '4930555611', '01641000004', 'Tasso Taste')
    b1 = await b.wait_call()
    await sleep(1.2)
    await co.dtmf('5')
    await b1.wait_end()
    ca = await taken(a)
    await sleep(1.4)
    await co.hangup()
    await ca.wait_end()

    def truth():
        c = lab.call('inbound', ('01641000004', 'Tasso Taste'), '4930555611', did='4930555611')
        c.leg(co, 'caller', number='01641000004', name='Tasso Taste')
        c.leg(b1, 'queue_member', result='no_answer')
        c.leg(ca, 'queue_member')
    return truth


@scenario('queue-empty-overflow', 'a queue that nobody works in is left at once, the next one answers')
async def queue_empty(lab):
    """Outside caller to queue empty (refused: no members), then queue second, where 1004 answers and hangs up."""
    a = await lab.phones(1004)
    await lab.queue_add('second', 'PJSIP/1004', agent='2006')
    await lab.record()
    co = await inbound(lab, '4930555612', '01641000005', 'Leo Leer')
    ca = await taken(a)
    await sleep(1.4)
    await ca.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01641000005', 'Leo Leer'), '4930555612', did='4930555612', not_joined=('empty',),
                     note='the queue nobody works in let nobody in: AMI tells nothing of it')
        c.leg(co, 'caller', number='01641000005', name='Leo Leer')
        c.leg(ca, 'queue_member')
    return truth


@scenario('queue-escalates', 'members of the next penalty take over in the same queue')
async def queue_escalates(lab):
    """escalate: 1004 (penalty 0) does not answer for 8 s; the caller enters the same queue again for higher penalties: 1005 (penalty 5) answers; the caller hangs up."""
    a, b = await lab.phones(1004, 1005)
    await lab.queue_add('escalate', 'PJSIP/1004', agent='2006', penalty=0)
    await lab.queue_add('escalate', 'PJSIP/1005', agent='2005', penalty=5)
    await lab.record()
    co = await inbound(lab, '4930555604', '01641000006', 'Esther Eskal')
    a1 = await a.wait_call()
    cb = await taken(b, timeout=20)
    await sleep(1.4)
    await co.hangup()
    await cb.wait_end()
    more = []
    while not a.incoming.empty():
        more.append(a.incoming.get_nowait())

    def truth():
        c = lab.call('inbound', ('01641000006', 'Esther Eskal'), '4930555604', did='4930555604')
        c.leg(co, 'caller', number='01641000006', name='Esther Eskal')
        for x in [a1] + more:
            c.leg(x, 'queue_member', result='no_answer')
        c.leg(cb, 'queue_member')
    return truth


@scenario('queue-rounds', 'the only member rings several rounds before answering')
async def queue_rounds(lab):
    """Agent 2006 at 1004 is the only member of both overflowing queues: 1004 rings twice in vain in the first, once in vain in the second, then answers and hangs up."""
    a = await lab.phones(1004)
    await lab.queue_add('first', 'PJSIP/1004', agent='2006')
    await lab.queue_add('second', 'PJSIP/1004', agent='2006')
    await lab.record()
    co = await inbound(lab, '4930555611', '01641000007', 'Rudi Runde')
    cs = []
    while True:
        cs.append(await a.wait_call(12))
        await sleep(1.05)
        if cs[-1].start - co.start > 10 and not cs[-1].ended:
            break
    await cs[-1].answer()
    await sleep(1.2)
    await cs[-1].hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01641000007', 'Rudi Runde'), '4930555611', did='4930555611')
        c.leg(co, 'caller', number='01641000007', name='Rudi Runde')
        for x in cs:
            c.leg(x, 'queue_member')
    return truth


@scenario('queue-race-two-answer', 'two members answer in the same instant')
async def queue_race(lab):
    """sales rings 1004, 1005 and 1006; 1004 and 1005 answer at once: one gets the caller, the other is hung up by the PBX; the caller hangs up."""
    a, b, d = await lab.phones(1004, 1005, 1006)
    await lab.queue_add('sales', 'PJSIP/1004', agent='2006')
    await lab.queue_add('sales', 'PJSIP/1005', agent='2005')
    await lab.queue_add('sales', 'PJSIP/1006', name='Frank Fox')
    await lab.record()
    co = await inbound(lab, '4930555600', '01641000008', 'Renate Rennen')
    ca, cb, cd = await a.wait_call(), await b.wait_call(), await d.wait_call()
    await sleep(1)
    await gather(ca.answer(), cb.answer())
    await cd.wait_end()
    await sleep(1.8)
    won, lost = (ca, cb) if cb.ended else (cb, ca)
    await co.hangup()
    await won.wait_end()

    def truth():
        c = lab.call('inbound', ('01641000008', 'Renate Rennen'), '4930555600', did='4930555600')
        c.leg(co, 'caller', number='01641000008', name='Renate Rennen')
        for x in (ca, cb):
            if x is won:
                c.leg(x, 'queue_member')
            else:
                c.leg(x, 'queue_member', result='answered_elsewhere', answer=None, unchecked=True)
        c.leg(cd, 'queue_member', result='answered_elsewhere')
    return truth


@scenario('queue-caller-gone-at-answer', 'the caller hangs up in the instant in which the member answers')
async def gone_at_answer(lab):
    """sales rings 1005; caller's BYE or CANCEL and 1005's answer cross."""
    b = await lab.phones(1005)
    await lab.queue_add('sales', 'PJSIP/1005', agent='2005')
    await lab.record()
    co = await inbound(lab, '4930555600', '01641000009', 'Knut Knapp')
    cb = await b.wait_call()
    await sleep(1.2)
    await gather(cb.answer(), co.hangup())
    await cb.wait_end()

    def truth():
        got = cb.answered if co.answered else None
        c = lab.call('inbound', ('01641000009', 'Knut Knapp'), '4930555600', did='4930555600', ended_by='A1',
                     disposition='abandoned', answer=None, accept={'disposition': ['answered', 'abandoned']},
                     note='answer and hang-up crossed: both readings are good')
        c.leg(co, 'caller', number='01641000009', name='Knut Knapp', unchecked=True)
        c.leg(cb, 'queue_member', unchecked=True)
    return truth


@scenario('queue-wrap-up', 'wrap-up time: the next call goes to the other member')
async def queue_wrap_up(lab):
    """service: 1004 takes a call and hangs up; within 4 s of wrap-up a second caller comes: 1005 rings instead and answers; the second caller hangs up."""
    a, b = await lab.phones(1004, 1005)
    await lab.queue_add('service', 'PJSIP/1004', agent='2006')
    await lab.queue_add('service', 'PJSIP/1005', agent='2005')
    await lab.record(snapshot=True)
    co = await inbound(lab, '4930555602', '01641000010', 'Wanda Wrap')
    ca = await taken(a)
    await sleep(1.2)
    await ca.hangup()
    await co.wait_end()
    await sleep(0.5)
    c2 = await inbound(lab, '4930555602', '01641000011', 'Wim Wrap')
    cb = await taken(b)
    await sleep(1.2)
    await c2.hangup()
    await cb.wait_end()

    def truth():
        c = lab.call('inbound', ('01641000010', 'Wanda Wrap'), '4930555602', did='4930555602')
        c.leg(co, 'caller', number='01641000010', name='Wanda Wrap')
        c.leg(ca, 'queue_member')
        c = lab.call('inbound', ('01641000011', 'Wim Wrap'), '4930555602', did='4930555602')
        c.leg(c2, 'caller', number='01641000011', name='Wim Wrap')
        c.leg(cb, 'queue_member')
    return truth


@scenario('service-overflow', 'linear queue with auto-pause runs out of members and goes to the ring group')
async def service_overflow(lab):
    """service: 1005 does not answer and is paused; nobody is left; after the queue's pass the ring group 6100 rings; 1004 answers; the caller hangs up."""
    a, b = await lab.phones(1004, 1005)
    await lab.queue_add('service', 'PJSIP/1005', agent='2005')
    await lab.record()
    co = await inbound(lab, '4930555602', '01641000012', 'Sina Service')
    b1 = await b.wait_call()
    ca = await a.wait_call(30)
    b2 = await b.wait_call()
    await sleep(1)
    await ca.answer()
    await b2.wait_end()
    await sleep(1.2)
    await co.hangup()
    await ca.wait_end()

    def truth():
        c = lab.call('inbound', ('01641000012', 'Sina Service'), '4930555602', did='4930555602')
        c.leg(co, 'caller', number='01641000012', name='Sina Service')
        c.leg(b1, 'queue_member', result='no_answer')
        c.leg(ca, 'called')
        c.leg(b2, 'called')
    return truth


@scenario('queue-two-waiting', 'two callers wait for one agent, one after the other')
async def two_waiting(lab):
    """Only agent 2005 at 1005 works in sales. First caller talks; the second waits, is offered when the first is done, and is answered. A third gives up while waiting, never offered."""
    b = await lab.phones(1005)
    await lab.queue_add('sales', 'PJSIP/1005', agent='2005')
    await lab.record(snapshot=True)
    c1 = await inbound(lab, '4930555600', '01641000013', 'Eins Erste')
    b1 = await taken(b)
    await sleep(0.6)
    c2 = await inbound(lab, '4930555600', '01641000014', 'Zwei Zweite')
    await sleep(0.6)
    c3 = await inbound(lab, '4930555600', '01641000015', 'Drei Dritte')
    await sleep(1.5)
    await c3.hangup()
    await sleep(0.3)
    await b1.hangup()
    await c1.wait_end()
    b2 = await taken(b)
    await sleep(1.2)
    await c2.hangup()
    await b2.wait_end()

    def truth():
        c = lab.call('inbound', ('01641000013', 'Eins Erste'), '4930555600', did='4930555600')
        c.leg(c1, 'caller', number='01641000013', name='Eins Erste')
        c.leg(b1, 'queue_member')
        c = lab.call('inbound', ('01641000014', 'Zwei Zweite'), '4930555600', did='4930555600')
        c.leg(c2, 'caller', number='01641000014', name='Zwei Zweite')
        c.leg(b2, 'queue_member')
        c = lab.call('inbound', ('01641000015', 'Drei Dritte'), '4930555600', did='4930555600')
        c.leg(c3, 'caller', number='01641000015', name='Drei Dritte')
    return truth


@scenario('queue-redirected', 'a waiting caller is moved to another queue by the AMI action Redirect, and later on to an extension')
async def queue_redirected(lab):
    """Caller waits in sales, where nobody works; a supervisor's action redirects the caller to 6004, where agent 2006 at 1004 answers. Then the talking caller is redirected to 1001, who answers; the caller hangs up."""
    o, a = await lab.phones(1001, 1004)
    await lab.queue_add('frontdesk', 'PJSIP/1004', agent='2006')
    await lab.record()
    co = await inbound(lab, '4930555600', '01641000016', 'Reni Redirect')
    await sleep(1.2)
    chan = [c for _, _, c, cid in lab.map if cid == co.call_id][0]
    await lab.ctl.action('Redirect', Channel=chan, Context='internal', Exten='6004', Priority='1')
    ca = await taken(a)
    await sleep(1.2)
    await lab.ctl.action('Redirect', Channel=chan, Context='internal', Exten='1001', Priority='1')
    cc = await taken(o)
    await sleep(1.2)
    await co.hangup()
    await cc.wait_end()

    def truth():
        c = lab.call('inbound', ('01641000016', 'Reni Redirect'), '4930555600', did='4930555600')
        c.leg(co, 'caller', number='01641000016', name='Reni Redirect')
        c.leg(ca, 'queue_member')
        c.leg(cc, 'transfer_target')
    return truth
