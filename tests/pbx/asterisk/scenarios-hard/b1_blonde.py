"""Handed over while the target still rings, or waits in a queue: the transferee takes the second call's place in an application."""
from asyncio import sleep

from a0_common import consult, inbound, reach, taken
from lab import scenario, when


@scenario('blonde-answered', 'attended transfer finished while the target rings; the target answers')
async def blonde_answered(lab):
    """Outside caller with 1001, who holds, calls 1002 and transfers while 1002 rings; 1002 answers later; the caller hangs up."""
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01631000001', 'Bella Blond', a)
    cc = await consult(ca, '1002')
    cb = await b.wait_call()
    await sleep(1)
    await ca.attended_transfer(cc)
    await sleep(1.2)
    await cb.answer()
    await sleep(1.5)
    await co.hangup()
    await cb.wait_end()

    def truth():
        c = lab.call('inbound', ('01631000001', 'Bella Blond'), '1001', did='49305551001')
        c.leg(co, 'caller', number='01631000001', name='Bella Blond')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(cc, 'consultation', own_consultation=True, same_device_as=l2)
        l4 = c.leg(cb, 'transfer_target')
        c.transfer('blonde', l2, l4, when(ca, 'refer'), consultation_leg=l3.id)
    return truth


@scenario('blonde-no-answer', 'transferred while the target rings, who never answers')
async def blonde_no_answer(lab):
    """Outside caller with 1001, who calls 1002 and transfers while it rings; 1002 lets it ring until the PBX gives up (5 s) and ends the caller."""
    a, b = await lab.phones(1001, 1002)
    await lab.db('RINGTIME', '1002', '5')
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01631000002', 'Bodo Blond', a)
    cc = await consult(ca, '1002')
    cb = await b.wait_call()
    await sleep(0.8)
    await ca.attended_transfer(cc)
    await cb.wait_end()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01631000002', 'Bodo Blond'), '1001', did='49305551001')
        c.leg(co, 'caller', number='01631000002', name='Bodo Blond')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(cc, 'consultation', own_consultation=True, same_device_as=l2)
        l4 = c.leg(cb, 'transfer_target', result='no_answer')
        c.transfer('blonde', l2, l4, when(ca, 'refer'), consultation_leg=l3.id, result='failed')
    return truth


@scenario('blonde-caller-gives-up', 'transferred while the target rings; the transferred caller gives up')
async def blonde_gives_up(lab):
    """Outside caller with 1001, transferred to ringing 1002; the caller hangs up before 1002 answers."""
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01631000003', 'Birte Blond', a)
    cc = await consult(ca, '1002')
    cb = await b.wait_call()
    await sleep(0.8)
    await ca.attended_transfer(cc)
    await sleep(1.5)
    await co.hangup()
    await cb.wait_end()

    def truth():
        c = lab.call('inbound', ('01631000003', 'Birte Blond'), '1001', did='49305551001')
        c.leg(co, 'caller', number='01631000003', name='Birte Blond')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(cc, 'consultation', own_consultation=True, same_device_as=l2)
        l4 = c.leg(cb, 'transfer_target', result='abandoned')
        c.transfer('blonde', l2, l4, when(ca, 'refer'), consultation_leg=l3.id, result='failed')
    return truth


@scenario('blonde-by-caller', 'the calling party transfers its called party to a ringing phone')
async def blonde_by_caller(lab):
    """1001 calls 1002, holds, calls 1003, transfers while 1003 rings; 1003 answers and hangs up."""
    a, b, d = await lab.phones(1001, 1002, 1003)
    await lab.record()
    ca, cb = await reach(a, '1002', b)
    cc = await consult(ca, '1003')
    cd = await d.wait_call()
    await sleep(0.9)
    await ca.attended_transfer(cc)
    await sleep(1)
    await cd.answer()
    await sleep(1.4)
    await cd.hangup()
    await cb.wait_end()

    def truth():
        c = lab.call('internal', '1001', '1002')
        l1 = c.leg(ca, 'caller')
        c.leg(cb, 'called')
        l3 = c.leg(cc, 'consultation', own_consultation=True, same_device_as=l1)
        l4 = c.leg(cd, 'transfer_target')
        c.transfer('blonde', l1, l4, when(ca, 'refer'), consultation_leg=l3.id)
    return truth


@scenario('blonde-ring-group', 'transferred while a ring group rings')
async def blonde_ring_group(lab):
    """Outside caller with 1001, who calls ring group 6100 and transfers while 1004, 1005 and 1006 ring; 1005 answers and hangs up."""
    a, b, d, e = await lab.phones(1001, 1004, 1005, 1006)
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01631000004', 'Berta Blond', a)
    cc = await consult(ca, '6100')
    cb, cd, ce = await b.wait_call(), await d.wait_call(), await e.wait_call()
    await sleep(0.8)
    await ca.attended_transfer(cc)
    await sleep(1.2)
    await cd.answer()
    await cb.wait_end()
    await sleep(1.4)
    await cd.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01631000004', 'Berta Blond'), '1001', did='49305551001')
        c.leg(co, 'caller', number='01631000004', name='Berta Blond')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(cc, 'consultation', own_consultation=True, same_device_as=l2)
        c.leg(cb, 'transfer_target', result='answered_elsewhere')
        l5 = c.leg(cd, 'transfer_target')
        c.leg(ce, 'transfer_target', result='answered_elsewhere')
        c.transfer('blonde', l2, l5, when(ca, 'refer'), consultation_leg=l3.id)
    return truth


@scenario('consult-queue-transfer-waiting', 'consultation call to a queue, transferred while it waits')
async def consult_queue_waiting(lab):
    """Outside caller with 1001, who calls the queue frontdesk (which answers) and transfers while agent 2005 at 1005 rings; 1005 answers; the caller hangs up."""
    a, b = await lab.phones(1001, 1005)
    await lab.queue_add('frontdesk', 'PJSIP/1005', agent='2005')
    await lab.record(snapshot=True)
    co, ca = await inbound(lab, '49305551001', '01631000005', 'Quanda Queue', a)
    cc = await consult(ca, '6004')
    cb = await b.wait_call()
    await sleep(0.8)
    await ca.attended_transfer(cc)
    await sleep(1.2)
    await cb.answer()
    await sleep(1.6)
    await co.hangup()
    await cb.wait_end()

    def truth():
        c = lab.call('inbound', ('01631000005', 'Quanda Queue'), '1001', did='49305551001')
        c.leg(co, 'caller', number='01631000005', name='Quanda Queue')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(cc, 'consultation', own_consultation=True, same_device_as=l2)
        l4 = c.leg(cb, 'queue_member')
        c.transfer('blonde', l2, l4, when(ca, 'refer'), consultation_leg=l3.id)
    return truth


@scenario('consult-queue-transfer-answered', 'consultation call to a queue, transferred after the agent has answered')
async def consult_queue_answered(lab):
    """Outside caller with 1001, who calls the queue sales; agent 2005 at 1005 answers; 1001 transfers; 1005 hangs up."""
    a, b = await lab.phones(1001, 1005)
    await lab.queue_add('sales', 'PJSIP/1005', agent='2005')
    await lab.record(snapshot=True)
    co, ca = await inbound(lab, '49305551001', '01631000006', 'Quint Queue', a)
    cc, cb = await consult(ca, '6001', b)
    await ca.attended_transfer(cc)
    await sleep(1.6)
    await cb.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01631000006', 'Quint Queue'), '1001', did='49305551001')
        c.leg(co, 'caller', number='01631000006', name='Quint Queue')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(cc, 'consultation', own_consultation=True, same_device_as=l2)
        l4 = c.leg(cb, 'queue_member')
        c.transfer('attended', l2, l4, when(ca, 'refer'), consultation_leg=l3.id)
    return truth


@scenario('consult-conference-transfer', 'consultation call into a conference room, then the caller is transferred into it')
async def consult_conference(lab):
    """1002 waits in conference 8003. Outside caller with 1001, who calls 8003, talks to 1002 there and transfers the caller into the room. 1002 leaves first."""
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    cb = await b.call('8003')
    await cb.wait_answer()
    await sleep(1)
    co, ca = await inbound(lab, '49305551001', '01631000007', 'Konni Konsult', a)
    await ca.hold()
    await sleep(0.2)
    cc = await a.call('8003')
    await cc.wait_answer()
    await sleep(1.2)
    await ca.attended_transfer(cc)
    await sleep(1.5)
    await cb.hangup()
    await sleep(1)
    await co.hangup()

    def truth():
        c = lab.call('internal', '1002', '8003', disposition='answered', answer=cb.answered,
                     accept={'calls': 2, 'direction': ['internal', 'inbound']},
                     talks=lambda: [([l2, l3], co.answered, when(ca, 'refer')), ([l1, l4], cc.answered, when(ca, 'refer')), ([l1, l2], when(ca, 'refer'), cb.ended)],
                     note='1002 was in the room before the outside caller called: one call by the conference, or two')
        l1 = c.leg(cb, 'caller')
        l2 = c.leg(co, 'conference', number='01631000007', name='Konni Konsult')
        l3 = c.leg(ca, 'called')
        l4 = c.leg(cc, 'consultation', own_consultation=True, same_device_as=l3)
        c.transfer('attended', l3, l1, when(ca, 'refer'), consultation_leg=l4.id)
        c.stay('conference', '8003', l1, cb.answered, cb.ended)
        c.stay('conference', '8003', l4, cc.answered, cc.ended)
        c.stay('conference', '8003', l2, when(ca, 'refer'), co.ended)
    return truth
