"""Transfers by feature code: taken back, refused, three-way, swapped, hung up too early."""
from asyncio import sleep

from a0_common import inbound, reach, taken
from lab import scenario, when


async def code(c, keys, number=None):
    """Keys a feature code, then the number once the PBX has begun to listen for it. Returns when the code was keyed."""
    await c.dtmf(keys)
    t = [e['t'] for e in c.events if e['what'] == 'dtmf'][-1]
    if number:
        await sleep(1.5)
        await c.dtmf(number)
    return t + 0.3


@scenario('code-attended-aborted', 'attended transfer by feature code, taken back with *1')
async def code_aborted(lab):
    """Outside caller with 1002, who dials *2 1003, talks to 1003, presses *1 and is back with the caller; 1002 hangs up later."""
    b, d = await lab.phones(1002, 1003)
    await lab.record()
    co, cb = await inbound(lab, '49305551002', '01633000001', 'Axel Abbruch', b)
    left = await code(cb, '*2', '1003')
    cd = await taken(d)
    await sleep(1.2)
    back = await code(cb, '*1')
    await cd.wait_end()
    await sleep(1.5)
    await cb.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01633000001', 'Axel Abbruch'), '1002', did='49305551002')
        c.leg(co, 'caller', number='01633000001', name='Axel Abbruch')
        l2 = c.leg(cb, 'called', holds=[(left, back, 'feature')])
        l3 = c.leg(cd, 'consultation')
        c.transfer('attended', l2, l3, back, result='aborted')
    return truth


@scenario('code-attended-busy', 'attended transfer by feature code to a busy phone')
async def code_busy(lab):
    """1001 calls 1002; 1002 dials *2 1003, whose phone says busy; the PBX puts 1002 back to 1001; 1001 hangs up."""
    a, b, d = await lab.phones(1001, 1002, 1003)
    d.auto = 486
    await lab.record()
    ca, cb = await reach(a, '1002', b)
    left = await code(cb, '*2', '1003')
    cd = await d.wait_call()
    await sleep(5.5)
    await ca.hangup()
    await cb.wait_end()

    def truth():
        c = lab.call('internal', '1001', '1002')
        c.leg(ca, 'caller')
        l2 = c.leg(cb, 'called', holds=[(left, min(cd.ended + 3, cb.ended), 'feature')])
        l3 = c.leg(cd, 'consultation')
        c.transfer('attended', l2, l3, cd.ended, result='failed')
    return truth


@scenario('code-attended-no-answer', 'attended transfer by feature code, target never answers')
async def code_no_answer(lab):
    """Outside caller with 1002, who dials *2 1003; 1003 rings 4 s and is not answered; the PBX puts 1002 back to the caller, who hangs up."""
    b, d = await lab.phones(1002, 1003)
    await lab.db('RINGTIME', '1003', '4')
    await lab.record()
    co, cb = await inbound(lab, '49305551002', '01633000002', 'Norbert Niemand', b)
    left = await code(cb, '*2', '1003')
    cd = await d.wait_call()
    await cd.wait_end()
    await sleep(3)
    await co.hangup()
    await cb.wait_end()

    def truth():
        c = lab.call('inbound', ('01633000002', 'Norbert Niemand'), '1002', did='49305551002')
        c.leg(co, 'caller', number='01633000002', name='Norbert Niemand')
        l2 = c.leg(cb, 'called', holds=[(left, cd.ended, 'feature')])
        l3 = c.leg(cd, 'consultation', result='no_answer')
        c.transfer('attended', l2, l3, cd.ended, result='failed')
    return truth


@scenario('code-three-way', 'attended transfer by feature code turned into a three-party call with *3')
async def code_three_way(lab):
    """Outside caller with 1002, who dials *2 1003, talks to 1003, presses *3: three talk. 1002 leaves; the caller and 1003 go on; 1003 hangs up."""
    b, d = await lab.phones(1002, 1003)
    await lab.record()
    co, cb = await inbound(lab, '49305551002', '01633000003', 'Drita Dreier', b)
    left = await code(cb, '*2', '1003')
    cd = await taken(d)
    await sleep(1)
    joined = await code(cb, '*3')
    await sleep(2)
    await cb.hangup()
    await sleep(1.3)
    await cd.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01633000003', 'Drita Dreier'), '1002', did='49305551002')
        c.leg(co, 'caller', number='01633000003', name='Drita Dreier')
        l2 = c.leg(cb, 'called', holds=[(left, joined, 'feature')])
        l3 = c.leg(cd, 'conference')
        c.transfer('conference', l2, l3, joined)
    return truth


@scenario('code-swap', 'attended transfer by feature code: swapping between both with *4, then completed')
async def code_swap(lab):
    """1001 calls 1002; 1002 dials *2 1003, talks, presses *4 (back to 1001), *4 again (1003), *2: 1001 and 1003 talk. 1001 hangs up."""
    a, b, d = await lab.phones(1001, 1002, 1003)
    await lab.record()
    ca, cb = await reach(a, '1002', b)
    left = await code(cb, '*2', '1003')
    cd = await taken(d)
    await sleep(1)
    t1 = await code(cb, '*4')
    await sleep(1.6)
    t2 = await code(cb, '*4')
    await sleep(1.6)
    done = await code(cb, '*2')
    await cb.wait_end()
    await sleep(1.3)
    await ca.hangup()
    await cd.wait_end()

    def truth():
        c = lab.call('internal', '1001', '1002')
        c.leg(ca, 'caller')
        l2 = c.leg(cb, 'called', holds=[(left, t1, 'feature'), (t1, t2, 'feature'), (t2, done, 'feature')])
        l3 = c.leg(cd, 'transfer_target')
        c.transfer('attended', l2, l3, done)
    return truth


@scenario('code-blonde', 'feature code consultation, hung up while the target rings; the target answers')
async def code_blonde(lab):
    """Outside caller with 1002, who dials *2 1003 and hangs up while 1003 rings; 1003 answers and gets the caller; the caller hangs up."""
    b, d = await lab.phones(1002, 1003)
    await lab.record()
    co, cb = await inbound(lab, '49305551002', '01633000004', 'Effi Eilig', b)
    left = await code(cb, '*2', '1003')
    cd = await d.wait_call()
    await sleep(1.2)
    await cb.hangup()
    await sleep(1.6)
    await cd.answer()
    await sleep(1.5)
    await co.hangup()
    await cd.wait_end()

    def truth():
        c = lab.call('inbound', ('01633000004', 'Effi Eilig'), '1002', did='49305551002')
        c.leg(co, 'caller', number='01633000004', name='Effi Eilig')
        l2 = c.leg(cb, 'called', holds=[(left, cb.ended, 'feature')], unchecked=True)
        l3 = c.leg(cd, 'transfer_target')
        c.transfer('blonde', l2, l3, cb.ended)
    return truth


@scenario('code-blonde-recall', 'feature code consultation, hung up while the target rings; nobody answers, the PBX calls back')
async def code_recall(lab):
    """Outside caller with 1002, who dials *2 1003 and hangs up while 1003 rings; 1003 does not answer in 10 s; the PBX rings 1002 again, who answers and hangs up later."""
    b, d = await lab.phones(1002, 1003)
    await lab.record()
    co, cb = await inbound(lab, '49305551002', '01633000005', 'Roni Recall', b)
    left = await code(cb, '*2', '1003')
    cd = await d.wait_call()
    await sleep(1.2)
    await cb.hangup()
    await cd.wait_end(20)
    c2 = await taken(b, timeout=20)
    await sleep(1.6)
    await c2.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01633000005', 'Roni Recall'), '1002', did='49305551002')
        c.leg(co, 'caller', number='01633000005', name='Roni Recall')
        l2 = c.leg(cb, 'called', holds=[(left, cb.ended, 'feature')], unchecked=True)
        l3 = c.leg(cd, 'transfer_target', result='no_answer')
        c.leg(c2, 'called')
        c.transfer('blonde', l2, l3, cb.ended, result='failed')
    return truth


@scenario('code-attended-chain', 'two feature code transfers one after the other, the first by the caller')
async def code_chain(lab):
    """1001 calls 1002; 1001 dials *2 1003, talks, hangs up: 1002 and 1003 talk; 1003 dials #1 1004 (blind); 1004 answers; 1002 hangs up."""
    a, b, d, e = await lab.phones(1001, 1002, 1003, 1004)
    await lab.record()
    ca, cb = await reach(a, '1002', b)
    left = await code(ca, '*2', '1003')
    cd = await taken(d)
    await sleep(1)
    await ca.hangup()
    await sleep(1.5)
    t = await code(cd, '#1', '1004')
    ce = await e.wait_call()
    moved = ce.start
    await sleep(0.8)
    await ce.answer()
    await sleep(1.4)
    await cb.hangup()
    await ce.wait_end()

    def truth():
        c = lab.call('internal', '1001', '1002')
        l1 = c.leg(ca, 'caller', holds=[(left, ca.ended, 'feature')])
        c.leg(cb, 'called')
        l3 = c.leg(cd, 'transfer_target', holds=[(t, moved, 'feature')])
        l4 = c.leg(ce, 'transfer_target')
        c.transfer('attended', l1, l3, ca.ended)
        c.transfer('blind', l3, l4, moved)
    return truth


@scenario('code-attended-to-outside', 'feature code consultation with an outside number, completed by hanging up')
async def code_outside(lab):
    """1001 calls 1002; 1002 dials *2 and an outside number, talks to it and hangs up: 1001 and the outside party talk; 1001 hangs up."""
    out = await lab.outside()
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    ca, cb = await reach(a, '1002', b)
    left = await code(cb, '*2', '001728880004')
    ce = await taken(out)
    await sleep(1.3)
    await cb.hangup()
    await sleep(1.4)
    await ca.hangup()
    await ce.wait_end()

    def truth():
        c = lab.call('internal', '1001', '1002', accept={'direction': ['internal', 'outbound']})
        c.leg(ca, 'caller')
        l2 = c.leg(cb, 'called', holds=[(left, cb.ended, 'feature')])
        l3 = c.leg(ce, 'transfer_target', number='01728880004')
        c.transfer('attended', l2, l3, cb.ended)
    return truth
