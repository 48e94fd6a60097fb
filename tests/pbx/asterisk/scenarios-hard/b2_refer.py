"""Transfers by the phone (REFER): chains, and targets of every kind."""
from asyncio import create_task, sleep

from a0_common import consult, inbound, reach, taken
from lab import scenario, when


@scenario('attended-chain', 'two attended transfers one after the other: A to B to C to D')
async def attended_chain(lab):
    """Outside caller with 1001; attended to 1002; 1002 attended to 1003; 1003 hangs up."""
    a, b, d = await lab.phones(1001, 1002, 1003)
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01632000001', 'Kai Kette', a)
    c1, cb = await consult(ca, '1002', b)
    await ca.attended_transfer(c1)
    await sleep(1.2)
    c2, cd = await consult(cb, '1003', d)
    await cb.attended_transfer(c2)
    await sleep(1.4)
    await cd.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01632000001', 'Kai Kette'), '1001', did='49305551001')
        c.leg(co, 'caller', number='01632000001', name='Kai Kette')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(c1, 'consultation', own_consultation=True, same_device_as=l2)
        l4 = c.leg(cb, 'transfer_target')
        l5 = c.leg(c2, 'consultation', own_consultation=True, same_device_as=l4)
        l6 = c.leg(cd, 'transfer_target')
        c.transfer('attended', l2, l4, when(ca, 'refer'), consultation_leg=l3.id)
        c.transfer('attended', l4, l6, when(cb, 'refer'), consultation_leg=l5.id)
    return truth


@scenario('blind-chain', 'two blind transfers one after the other')
async def blind_chain(lab):
    """Outside caller with 1001, blind to 1002, who answers and transfers blind to 1003, who answers; the caller hangs up."""
    a, b, d = await lab.phones(1001, 1002, 1003)
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01632000002', 'Klara Kette', a)
    await ca.blind_transfer('1002')
    cb = await taken(b)
    await sleep(1.2)
    await cb.blind_transfer('1003', leave='ringing')
    cd = await taken(d)
    await sleep(1.2)
    await co.hangup()
    await cd.wait_end()

    def truth():
        c = lab.call('inbound', ('01632000002', 'Klara Kette'), '1001', did='49305551001')
        c.leg(co, 'caller', number='01632000002', name='Klara Kette')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(cb, 'transfer_target')
        l4 = c.leg(cd, 'transfer_target')
        c.transfer('blind', l2, l3, when(ca, 'refer'))
        c.transfer('blind', l3, l4, when(cb, 'refer'))
    return truth


@scenario('blind-and-back', 'blind transfer, and blind back to who transferred')
async def blind_and_back(lab):
    """Outside caller with 1001, blind to 1002, who answers and transfers blind back to 1001, who answers again and hangs up."""
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01632000003', 'Paula Pingpong', a)
    await ca.blind_transfer('1002')
    cb = await taken(b)
    await sleep(1)
    await cb.blind_transfer('1001')
    c2 = await taken(a)
    await sleep(1.3)
    await c2.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01632000003', 'Paula Pingpong'), '1001', did='49305551001')
        c.leg(co, 'caller', number='01632000003', name='Paula Pingpong')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(cb, 'transfer_target')
        l4 = c.leg(c2, 'transfer_target')
        c.transfer('blind', l2, l3, when(ca, 'refer'))
        c.transfer('blind', l3, l4, when(cb, 'refer'))
    return truth


@scenario('attended-then-blind', 'attended transfer, then the new party transfers blind, by the calling side')
async def attended_then_blind(lab):
    """1001 calls 1002; 1001 consults 1003 and joins both; 1002 transfers 1003 blind to 1004, who answers and hangs up."""
    a, b, d, e = await lab.phones(1001, 1002, 1003, 1004)
    await lab.record()
    ca, cb = await reach(a, '1002', b)
    cc, cd = await consult(ca, '1003', d)
    await ca.attended_transfer(cc)
    await sleep(1.2)
    await cb.blind_transfer('1004')
    ce = await taken(e)
    await sleep(1.2)
    await ce.hangup()
    await cd.wait_end()

    def truth():
        c = lab.call('internal', '1001', '1002')
        l1 = c.leg(ca, 'caller')
        l2 = c.leg(cb, 'called')
        l3 = c.leg(cc, 'consultation', own_consultation=True, same_device_as=l1)
        l4 = c.leg(cd, 'transfer_target')
        l5 = c.leg(ce, 'transfer_target')
        c.transfer('attended', l1, l4, when(ca, 'refer'), consultation_leg=l3.id)
        c.transfer('blind', l2, l5, when(cb, 'refer'))
    return truth


@scenario('blind-to-queue', 'blind transfer into a queue')
async def blind_to_queue(lab):
    """Outside caller with 1001, blind to 6001; agent 2005 at 1005 and 1006 ring; 1005 answers; the caller hangs up."""
    a, b, d = await lab.phones(1001, 1005, 1006)
    await lab.queue_add('sales', 'PJSIP/1005', agent='2005')
    await lab.queue_add('sales', 'PJSIP/1006', name='Frank Fox')
    await lab.record(snapshot=True)
    co, ca = await inbound(lab, '49305551001', '01632000004', 'Timo Transfer', a)
    await ca.blind_transfer('6001')
    cd = await d.wait_call()
    cb = await taken(b)
    await cd.wait_end()
    await sleep(1.4)
    await co.hangup()
    await cb.wait_end()

    def truth():
        c = lab.call('inbound', ('01632000004', 'Timo Transfer'), '1001', did='49305551001')
        c.leg(co, 'caller', number='01632000004', name='Timo Transfer')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(cb, 'queue_member')
        c.leg(cd, 'queue_member', result='answered_elsewhere')
        c.transfer('blind', l2, l3, when(ca, 'refer'))
    return truth


@scenario('blind-to-ring-group', 'blind transfer to a ring group of Local channels')
async def blind_to_ring_group(lab):
    """1001 calls 1002, who transfers blind to 6101; 1004, 1005 and 1006 ring; 1004 declines, 1006 answers; 1001 hangs up."""
    a, b, d, e, f = await lab.phones(1001, 1002, 1004, 1005, 1006)
    await lab.record()
    ca, cb = await reach(a, '1002', b)
    await cb.blind_transfer('6101', leave='ringing')
    cd, ce, cf = await d.wait_call(), await e.wait_call(), await f.wait_call()
    await sleep(0.6)
    await cd.reject(603)
    await sleep(0.7)
    await cf.answer()
    await ce.wait_end()
    await sleep(1.4)
    await ca.hangup()
    await cf.wait_end()

    def truth():
        c = lab.call('internal', '1001', '1002')
        c.leg(ca, 'caller')
        l2 = c.leg(cb, 'called')
        c.leg(cd, 'transfer_target', result='rejected')
        c.leg(ce, 'transfer_target', result='answered_elsewhere')
        l5 = c.leg(cf, 'transfer_target')
        c.transfer('blind', l2, l5, when(cb, 'refer'))
    return truth


@scenario('blind-to-busy', 'blind transfer to a busy phone')
async def blind_to_busy(lab):
    """Outside caller with 1001, blind to 1002, whose phone says busy; the caller hears busy and is ended by the PBX."""
    a, b = await lab.phones(1001, 1002)
    b.auto = 486
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01632000005', 'Bernd Besetzt', a)
    await ca.blind_transfer('1002', leave='accepted')
    cb = await b.wait_call()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01632000005', 'Bernd Besetzt'), '1001', did='49305551001')
        c.leg(co, 'caller', number='01632000005', name='Bernd Besetzt')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(cb, 'transfer_target')
        c.transfer('blind', l2, l3, when(ca, 'refer'), result='failed')
    return truth


@scenario('blind-to-no-answer', 'blind transfer to a phone that nobody answers')
async def blind_to_no_answer(lab):
    """1001 calls 1002, who transfers blind to 1003 (rings 5 s, nobody answers); 1001 is ended by the PBX."""
    a, b, d = await lab.phones(1001, 1002, 1003)
    await lab.db('RINGTIME', '1003', '5')
    await lab.record()
    ca, cb = await reach(a, '1002', b)
    await cb.blind_transfer('1003')
    cd = await d.wait_call()
    await cd.wait_end()
    await ca.wait_end()

    def truth():
        c = lab.call('internal', '1001', '1002')
        c.leg(ca, 'caller')
        l2 = c.leg(cb, 'called')
        l3 = c.leg(cd, 'transfer_target', result='no_answer')
        c.transfer('blind', l2, l3, when(cb, 'refer'), result='failed')
    return truth


@scenario('blind-to-unknown', 'blind transfer to a number that does not exist')
async def blind_to_unknown(lab):
    """1001 calls 1002, who transfers blind to 7777: the PBX refuses (REFER fails). 1001 and 1002 go on talking, 1001 hangs up."""
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    ca, cb = await reach(a, '1002', b)
    code = await cb.refer('7777')
    await sleep(1)
    if cb.ended is None:
        await sleep(0.5)
    await ca.hangup()
    await cb.wait_end()
    lab.notes.append('REFER was answered with %d' % code)

    def truth():
        c = lab.call('internal', '1001', '1002')
        c.leg(ca, 'caller')
        l2 = c.leg(cb, 'called')
        c.transfer('blind', l2, None, when(cb, 'refer'), result='failed', to_number='7777')
    return truth


@scenario('blind-to-conference', 'blind transfer into a conference room, where others come in')
async def blind_to_conference(lab):
    """Outside caller with 1001, blind to 8004; then 1002 dials 8004 and both talk; then 1001 dials in too. 1002 leaves, the caller hangs up, 1001 hangs up."""
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01632000006', 'Konstanze Konferenz', a)
    await ca.blind_transfer('8004')
    await sleep(1.2)
    cb = await b.call('8004')
    await cb.wait_answer()
    await sleep(1)
    c2 = await a.call('8004')
    await c2.wait_answer()
    await sleep(1)
    await cb.hangup()
    await sleep(0.8)
    await co.hangup()
    await sleep(0.6)
    await c2.hangup()

    def truth():
        c = lab.call('inbound', ('01632000006', 'Konstanze Konferenz'), '1001', did='49305551001',
                     accept={'calls': 3})
        l1 = c.leg(co, 'caller', number='01632000006', name='Konstanze Konferenz')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(cb, 'conference')
        l4 = c.leg(c2, 'conference')
        c.transfer('blind', l2, None, when(ca, 'refer'), to_number='8004')
        c.stay('conference', '8004', l1, when(ca, 'refer'), co.ended)
        c.stay('conference', '8004', l3, cb.answered, cb.ended)
        c.stay('conference', '8004', l4, c2.answered, c2.ended)
    return truth


@scenario('blind-to-voicemail', 'blind transfer to an extension with a greeting')
async def blind_to_voicemail(lab):
    """Outside caller with 1001, blind to 91002: 1002 rings 6 s, then the PBX plays the greeting; the caller hangs up during it."""
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01632000007', 'Vera Voicemail', a)
    await ca.blind_transfer('91002')
    cb = await b.wait_call()
    await cb.wait_end()
    began = cb.ended
    await sleep(2.5)
    await co.hangup()

    def truth():
        c = lab.call('inbound', ('01632000007', 'Vera Voicemail'), '1001', did='49305551001')
        l1 = c.leg(co, 'caller', number='01632000007', name='Vera Voicemail')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(cb, 'transfer_target', result='no_answer')
        c.transfer('blind', l2, l3, when(ca, 'refer'), result='failed')
        c.stay('voice_mail', '1002', l1, began, co.ended)
    return truth


@scenario('blind-outside-by-caller', 'the calling extension transfers its called party to an outside number')
async def blind_outside_by_caller(lab):
    """1001 calls 1002, and transfers 1002 blind to an outside mobile, which answers; 1002 hangs up."""
    out = await lab.outside()
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    ca, cb = await reach(a, '1002', b)
    await ca.blind_transfer('001728880002', leave='ringing')
    ce = await taken(out)
    await sleep(1.3)
    await cb.hangup()
    await ce.wait_end()

    def truth():
        c = lab.call('internal', '1001', '1002', accept={'direction': ['internal', 'outbound']})
        l1 = c.leg(ca, 'caller')
        c.leg(cb, 'called')
        l3 = c.leg(ce, 'transfer_target', number='01728880002')
        c.transfer('blind', l1, l3, when(ca, 'refer'))
    return truth


@scenario('outbound-then-blind', 'an outbound call is transferred blind to a colleague by who made it')
async def outbound_then_blind(lab):
    """1001 calls an outside number, which answers, then transfers it blind to 1003; 1003 answers; the outside party hangs up."""
    out = await lab.outside()
    a, d = await lab.phones(1001, 1003)
    await lab.record()
    ca, co = await reach(a, '004922155501', out)
    await ca.blind_transfer('1003')
    cd = await taken(d)
    await sleep(1.3)
    await co.hangup()
    await cd.wait_end()

    def truth():
        c = lab.call('outbound', '1001', '004922155501')
        l1 = c.leg(ca, 'caller')
        c.leg(co, 'called', number='04922155501')
        l3 = c.leg(cd, 'transfer_target')
        c.transfer('blind', l1, l3, when(ca, 'refer'))
    return truth


@scenario('outbound-then-attended', 'an outbound call is transferred attended to a colleague')
async def outbound_then_attended(lab):
    """1001 calls an outside number, which answers; holds, calls 1003, joins both; 1003 hangs up."""
    out = await lab.outside()
    a, d = await lab.phones(1001, 1003)
    await lab.record()
    ca, co = await reach(a, '004922155502', out)
    cc, cd = await consult(ca, '1003', d)
    await ca.attended_transfer(cc)
    await sleep(1.3)
    await cd.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('outbound', '1001', '004922155502')
        l1 = c.leg(ca, 'caller')
        c.leg(co, 'called', number='04922155502')
        l3 = c.leg(cc, 'consultation', own_consultation=True, same_device_as=l1)
        l4 = c.leg(cd, 'transfer_target')
        c.transfer('attended', l1, l4, when(ca, 'refer'), consultation_leg=l3.id)
    return truth


@scenario('attended-outside', 'the consultation goes to an outside number; caller and mobile are joined')
async def attended_outside(lab):
    """Outside caller with 1002, who holds, calls an outside mobile, which answers, and joins both: two trunk legs talk. The mobile hangs up."""
    out = await lab.outside()
    b = await lab.phones(1002)
    await lab.record()
    co, cb = await inbound(lab, '49305551002', '01632000008', 'Theo Trunk', b)
    cc, ce = await consult(cb, '001728880003', out)
    await cb.attended_transfer(cc)
    await sleep(1.4)
    await ce.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01632000008', 'Theo Trunk'), '1002', did='49305551002')
        c.leg(co, 'caller', number='01632000008', name='Theo Trunk')
        l2 = c.leg(cb, 'called')
        l3 = c.leg(cc, 'consultation', own_consultation=True, same_device_as=l2)
        l4 = c.leg(ce, 'transfer_target', number='01728880003')
        c.transfer('attended', l2, l4, when(cb, 'refer'), consultation_leg=l3.id)
    return truth


@scenario('blind-while-held', 'the phone holds first and transfers blind from hold')
async def blind_while_held(lab):
    """Outside caller with 1001, who holds for a second and then transfers blind to 1002; 1002 answers, holds once, retrieves, hangs up."""
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01632000009', 'Hanna Halt', a)
    await ca.hold()
    await sleep(1.2)
    await ca.blind_transfer('1002')
    cb = await taken(b)
    await sleep(0.8)
    await cb.hold()
    await sleep(1)
    await cb.unhold()
    await sleep(0.8)
    await cb.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01632000009', 'Hanna Halt'), '1001', did='49305551001')
        c.leg(co, 'caller', number='01632000009', name='Hanna Halt')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(cb, 'transfer_target')
        c.transfer('blind', l2, l3, when(ca, 'refer'))
    return truth


@scenario('transferee-hangs-up-in-consultation', 'the held caller gives up while the phone consults')
async def transferee_hangs_up(lab):
    """Outside caller with 1001, who holds and consults 1002; the caller hangs up meanwhile; 1001 and 1002 go on talking; 1002 hangs up."""
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01632000010', 'Gitta Geduld', a)
    cc, cb = await consult(ca, '1002', b)
    await co.hangup()
    await ca.wait_end()
    await sleep(1.5)
    await cb.hangup()
    await cc.wait_end()

    def truth():
        c = lab.call('inbound', ('01632000010', 'Gitta Geduld'), '1001', did='49305551001')
        c.leg(co, 'caller', number='01632000010', name='Gitta Geduld')
        c.leg(ca, 'called')
        c = lab.call('internal', '1001', '1002', accept={'part_of': 'A'},
                     note='nothing in Asterisk ties this consultation to the call on hold but the phone itself')
        c.leg(cc, 'caller')
        c.leg(cb, 'called')
    return truth


@scenario('attended-fails-then-again', 'first consultation is declined, the second one is joined')
async def attended_again(lab):
    """Outside caller with 1001, who consults 1002 (declines), retrieves, consults 1003 (answers) and joins; the caller hangs up."""
    a, b, d = await lab.phones(1001, 1002, 1003)
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01632000011', 'Nils Nochmal', a)
    await ca.hold()
    await sleep(0.2)
    c1 = await a.call('1002')
    cb = await b.wait_call()
    await sleep(0.8)
    await cb.reject(603)
    await c1.wait_end()
    await sleep(0.4)
    await ca.unhold()
    await sleep(0.9)
    cc, cd = await consult(ca, '1003', d)
    await ca.attended_transfer(cc)
    await sleep(1.3)
    await co.hangup()
    await cd.wait_end()

    def truth():
        c = lab.call('inbound', ('01632000011', 'Nils Nochmal'), '1001', did='49305551001')
        c.leg(co, 'caller', number='01632000011', name='Nils Nochmal')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(cc, 'consultation', own_consultation=True, same_device_as=l2)
        l4 = c.leg(cd, 'transfer_target')
        c.transfer('attended', l2, l4, when(ca, 'refer'), consultation_leg=l3.id)
        c = lab.call('internal', '1001', '1002', accept={'part_of': 'A', 'disposition': ['no_answer', 'rejected']},
                     note='nothing in Asterisk ties this consultation to the call on hold but the phone itself')
        c.leg(c1, 'caller')
        c.leg(cb, 'called')
    return truth
