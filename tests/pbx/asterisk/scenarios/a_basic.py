"""Two parties: how calls begin and end."""
from asyncio import sleep

from lab import scenario


def two(lab, ca, cb, direction='internal', caller='1001', dialled='1002', did=None, **more):
    """The usual truth: one calling leg, one called leg."""
    def truth():
        c = lab.call(direction, caller, dialled, did, **more)
        c.leg(ca, 'caller', **({'number': caller[0], 'name': caller[1]} if direction == 'inbound' else {}))
        if cb:
            c.leg(cb, 'called', **({'number': dialled[1:]} if direction == 'outbound' else {}))
    return truth


@scenario('internal-answered', 'extension calls extension, the caller hangs up')
async def internal_answered(lab):
    """1001 calls 1002, rings, is answered, talks, 1001 hangs up."""
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    ca = await a.call('1002')
    cb = await b.wait_call()
    await sleep(1.2)
    await cb.answer()
    await ca.wait_answer()
    await sleep(2)
    await ca.hangup()
    await cb.wait_end()
    return two(lab, ca, cb)


@scenario('internal-callee-hangs-up', 'the called party hangs up; logged in with an MD5 challenge')
async def internal_callee_hangs_up(lab):
    """1002 calls 1003, is answered quickly, 1003 hangs up."""
    a, b = await lab.phones(1002, 1003)
    await lab.record(auth='md5')
    ca = await a.call('1003')
    cb = await b.wait_call()
    await sleep(0.4)
    await cb.answer()
    await sleep(1.5)
    await cb.hangup()
    await ca.wait_end()
    return two(lab, ca, cb, caller='1002', dialled='1003')


@scenario('internal-busy', 'the called phone says busy')
async def internal_busy(lab):
    """1001 calls 1002, whose phone answers 486; 1001 hears the busy tone until the PBX ends the call."""
    a, b = await lab.phones(1001, 1002)
    b.auto = 486
    await lab.record()
    ca = await a.call('1002')
    cb = await b.wait_call()
    await ca.wait_end()
    return two(lab, ca, cb, disposition='busy')


@scenario('internal-rejected', 'the called party declines while it rings')
async def internal_rejected(lab):
    """1001 calls 1002, which rings for a while and then declines (603). DialEnd says NOANSWER; only the hangup cause 21 tells that it was declined. The caller hears congestion."""
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    ca = await a.call('1002')
    cb = await b.wait_call()
    await sleep(1)
    await cb.reject(603)
    await ca.wait_end()
    return two(lab, ca, cb, disposition='rejected', accept={'disposition': ['busy']})


@scenario('internal-no-answer', 'nobody answers until the dial timeout')
async def internal_no_answer(lab):
    """1001 calls 1002 with a ring time of 4 s; nobody answers; the PBX gives up."""
    a, b = await lab.phones(1001, 1002)
    await lab.db('RINGTIME', '1002', 4)
    await lab.record()
    ca = await a.call('1002')
    cb = await b.wait_call()
    await ca.wait_end()
    return two(lab, ca, cb)


@scenario('internal-cancelled', 'the caller gives up while it rings')
async def internal_cancelled(lab):
    """1003 calls 1004 and hangs up before anybody answers."""
    a, b = await lab.phones(1003, 1004)
    await lab.record()
    ca = await a.call('1004')
    cb = await b.wait_call()
    await sleep(1.5)
    await ca.hangup()
    await cb.wait_end()
    return two(lab, ca, cb, caller='1003', dialled='1004')


@scenario('internal-not-registered', 'the called phone is not there; then a number that does not exist')
async def internal_not_registered(lab):
    """1001 calls 1012, which has no contact (congestion); then 1001 dials 5555, which is nowhere in the dialplan (404)."""
    a = await lab.phones(1001)
    await lab.record()
    c1 = await a.call('1012')
    await c1.wait_end()
    await sleep(1)
    c2 = await a.call('5555')
    await c2.wait_end()

    def truth():
        c = lab.call('internal', '1001', '1012', disposition='failed')
        c.leg(c1, 'caller')
        if lab.channels_of(c2):
            c = lab.call('internal', '1001', '5555', disposition='failed')
            c.leg(c2, 'caller')
        else:
            lab.notes.append('the call to 5555 was refused before Asterisk made a channel: AMI never shows it')
    return truth


@scenario('inbound-did', 'outside caller with name reaches an extension by direct in-dial')
async def inbound_did(lab):
    """From the trunk to DID 4930555 1001, rings at 1001, answered, the outside party hangs up."""
    out = await lab.outside()
    a = await lab.phones(1001)
    await lab.record(snapshot=True)
    ca = await out.call('49305551001', from_number='01701234567', from_name='Otto Outside')
    cb = await a.wait_call()
    await sleep(1.1)
    await cb.answer()
    await ca.wait_answer()
    await sleep(2)
    await ca.hangup()
    await cb.wait_end()
    return two(lab, ca, cb, 'inbound', ('01701234567', 'Otto Outside'), '1001', did='49305551001')


@scenario('inbound-abandoned', 'outside caller gives up while an extension rings; caller without a name')
async def inbound_abandoned(lab):
    """From the trunk to DID 4930555 1003, nobody answers, the caller gives up."""
    out = await lab.outside()
    a = await lab.phones(1003)
    await lab.record()
    ca = await out.call('49305551003', from_number='0301112223', from_name='')
    cb = await a.wait_call()
    await sleep(2.2)
    await ca.hangup()
    await cb.wait_end()
    return two(lab, ca, cb, 'inbound', ('0301112223', None), '1003', did='49305551003')


@scenario('outbound-answered', 'extension calls an outside number')
async def outbound_answered(lab):
    """1002 dials 0 and an outside number; the outside party rings, answers and hangs up. Recorded with media and RTCP events."""
    out = await lab.outside()
    a = await lab.phones(1002)
    await lab.record()
    ca = await a.call('004922133344')
    cb = await out.wait_call()
    await sleep(1)
    await cb.answer()
    await ca.wait_answer()
    await sleep(6)
    await cb.hangup()
    await ca.wait_end()
    return two(lab, ca, cb, 'outbound', ('1002', 'Bob Baker'), '004922133344')


@scenario('outbound-busy-and-congestion', 'outside busy, outside failure, outside gives no answer')
async def outbound_busy(lab):
    """1001 dials three outside numbers: busy (486), service unavailable (503), and one it gives up on."""
    out = await lab.outside()
    a = await lab.phones(1001)
    await lab.record()
    out.auto = 486
    c1 = await a.call('004922100001')
    d1 = await out.wait_call()
    await c1.wait_end()
    await sleep(0.5)
    out.auto = 503
    c2 = await a.call('004922100002')
    d2 = await out.wait_call()
    await c2.wait_end()
    await sleep(0.5)
    out.auto = 'ring'
    c3 = await a.call('004922100003')
    d3 = await out.wait_call()
    await sleep(1.5)
    await c3.hangup()
    await d3.wait_end()

    def truth():
        for c, d, n, disp in ((c1, d1, '1', 'busy'), (c2, d2, '2', 'failed'), (c3, d3, '3', 'abandoned')):
            t = lab.call('outbound', '1001', '00492210000' + n, disposition=disp, accept={'disposition': ['no_answer']} if n == '3' else {})
            t.leg(c, 'caller')
            t.leg(d, 'called', number='0492210000' + n)
    return truth


@scenario('hold-retrieve', 'both parties hold, one after the other')
async def hold_retrieve(lab):
    """1001 calls 1002. 1002 holds for 1.5 s, retrieves; then 1001 holds (inactive) for 1 s, retrieves; 1002 hangs up."""
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    ca = await a.call('1002')
    cb = await b.wait_call()
    await sleep(0.6)
    await cb.answer()
    await ca.wait_answer()
    await sleep(1)
    await cb.hold()
    await sleep(1.5)
    await cb.unhold()
    await sleep(0.8)
    await ca.hold('inactive')
    await sleep(1)
    await ca.unhold()
    await sleep(0.8)
    await cb.hangup()
    await ca.wait_end()
    return two(lab, ca, cb)


@scenario('hold-until-hangup', 'held party gives up while on hold')
async def hold_until_hangup(lab):
    """Outside caller reaches 1005, is put on hold and hangs up while on hold: no Unhold is ever sent."""
    out = await lab.outside()
    a = await lab.phones(1005)
    await lab.record()
    ca = await out.call('49305551005', from_number='01725550001', from_name='Paula Patient')
    cb = await a.wait_call()
    await sleep(0.7)
    await cb.answer()
    await ca.wait_answer()
    await sleep(1)
    await cb.hold()
    await sleep(2)
    await ca.hangup()
    await cb.wait_end()
    return two(lab, ca, cb, 'inbound', ('01725550001', 'Paula Patient'), '1005', did='49305551005')


@scenario('two-calls-interleaved', 'two independent calls at the same time')
async def two_calls_interleaved(lab):
    """1001 calls 1002 while an outside caller calls 1003; the events of both are interleaved; both are answered."""
    out = await lab.outside()
    a, b, c = await lab.phones(1001, 1002, 1003)
    await lab.record()
    c1 = await a.call('1002')
    c2 = await out.call('49305551003', from_number='01731111111', from_name='Rita Rush')
    d1, d2 = await b.wait_call(), await c.wait_call()
    await sleep(0.8)
    await d2.answer()
    await sleep(0.3)
    await d1.answer()
    await sleep(1.5)
    await c1.hangup()
    await sleep(0.5)
    await d2.hangup()
    await c2.wait_end()

    def truth():
        two(lab, c1, d1)()
        two(lab, c2, d2, 'inbound', ('01731111111', 'Rita Rush'), '1003', did='49305551003')()
    return truth


@scenario('call-waiting', 'a second call rings at a busy phone and is taken while the first is held')
async def call_waiting(lab):
    """1002 talks with 1001; an outside call rings at 1002 too; 1002 holds 1001, answers the second, ends it, retrieves the first."""
    out = await lab.outside()
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    c1 = await a.call('1002')
    d1 = await b.wait_call()
    await sleep(0.5)
    await d1.answer()
    await c1.wait_answer()
    await sleep(1)
    c2 = await out.call('49305551002', from_number='01744444444', from_name='Walter Waiting')
    d2 = await b.wait_call()
    await sleep(0.8)
    await d1.hold()
    await sleep(0.2)
    await d2.answer()
    await sleep(1.5)
    await d2.hangup()
    await c2.wait_end()
    await sleep(0.3)
    await d1.unhold()
    await sleep(0.8)
    await c1.hangup()
    await d1.wait_end()

    def truth():
        two(lab, c1, d1)()
        two(lab, c2, d2, 'inbound', ('01744444444', 'Walter Waiting'), '1002', did='49305551002')()
    return truth


@scenario('voicemail-greeting', 'no answer, then the PBX itself answers with a recorded greeting')
async def voicemail_greeting(lab):
    """1001 calls 1003 by the number with a mailbox; 6 s without answer; the PBX answers with a greeting; the caller hangs up."""
    a, b = await lab.phones(1001, 1003)
    await lab.record()
    ca = await a.call('91003')
    cb = await b.wait_call()
    await ca.wait_answer(12)
    await sleep(3)
    await ca.hangup()

    def truth():
        c = lab.call('internal', '1001', '91003', disposition='no_answer', accept={'disposition': ['answered']}, ended_by='A1')
        l = c.leg(ca, 'caller')
        c.leg(cb, 'called', result='no_answer')
        c.stay('voice_mail', 'greeting', l, ca.answered, ca.ended)
        c.diversion('no_answer', c.legs[1], None, cb.ended, 'voice mail')
    return truth
