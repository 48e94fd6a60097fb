"""Many at once, and the PBX or the account set up otherwise."""
from asyncio import create_task, gather, sleep

from a0_common import consult, cut, gap, inbound, linked, reach, taken
from lab import scenario, when


@scenario('ten-at-once', 'ten calls at the same time, of many kinds')
async def ten_at_once(lab):
    """Five pairs of calls start within a second: outside callers to 1001 and 1002, 1003 to 1004, 1009 to an outside number, 1007 to 1010 (cancelled), queue callers for agent 2005 (1005) and 1006, a conference of 1007 and 1011, a busy one; a hold and a blind transfer in between; they end in another order."""
    out = await lab.outside()
    p = {n: await lab.phones(n) for n in (1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011)}
    await lab.queue_add('sales', 'PJSIP/1005', agent='2005')
    await lab.record(snapshot=True)
    a = await out.call('49305551001', from_number='01721000001', from_name='Zehn Eins')
    b = await out.call('49305551002', from_number='01721000002', from_name='Zehn Zwei')
    c = await p[1003].call('1004')
    d = await p[1009].call('004922155510')
    e = await p[1007].call('1010')
    q = await out.call('4930555600', from_number='01721000003', from_name='Zehn Drei')
    a1, b1, c1, e1, q1 = await gather(*(p[n].wait_call() for n in (1001, 1002, 1004, 1010, 1005)))
    d1 = await out.wait_call()
    await sleep(0.5)
    await gather(a1.answer(), c1.answer())
    await sleep(0.3)
    await e.hangup()
    await gather(b1.answer(), d1.answer(), q1.answer())
    await sleep(0.4)
    f = await p[1007].call('8009')
    g = await p[1011].call('8009')
    await gather(f.wait_answer(), g.wait_answer())
    p[1010].auto = 486
    h = await p[1006].call('1010')
    h1 = await p[1010].wait_call()
    if h1 is e1:
        h1 = await p[1010].wait_call()
    await c.hold()
    await sleep(0.5)
    await b1.blind_transfer('1008')
    b2 = await p[1008].wait_call()
    await c.unhold()
    await sleep(0.5)
    await b2.answer()
    await q.hangup()
    await h.wait_end()
    await sleep(0.4)
    await d.hangup()
    await f.hangup()
    await sleep(0.3)
    await a1.hangup()
    await g.hangup()
    await sleep(0.3)
    await c1.hangup()
    await b.hangup()
    await gather(*(x.wait_end() for x in (a, b2, c, d1, q1)))

    def truth():
        x = lab.call('inbound', ('01721000001', 'Zehn Eins'), '1001', did='49305551001')
        x.leg(a, 'caller', number='01721000001', name='Zehn Eins')
        x.leg(a1, 'called')
        x = lab.call('inbound', ('01721000002', 'Zehn Zwei'), '1002', did='49305551002')
        x.leg(b, 'caller', number='01721000002', name='Zehn Zwei')
        l2 = x.leg(b1, 'called')
        l3 = x.leg(b2, 'transfer_target')
        x.transfer('blind', l2, l3, when(b1, 'refer'))
        x = lab.call('internal', '1003', '1004')
        x.leg(c, 'caller')
        x.leg(c1, 'called')
        x = lab.call('outbound', '1009', '004922155510')
        x.leg(d, 'caller')
        x.leg(d1, 'called', number='04922155510')
        x = lab.call('internal', '1007', '1010', disposition='abandoned')
        x.leg(e, 'caller')
        x.leg(e1, 'called', result='abandoned')
        x = lab.call('inbound', ('01721000003', 'Zehn Drei'), '4930555600', did='4930555600')
        x.leg(q, 'caller', number='01721000003', name='Zehn Drei')
        x.leg(q1, 'queue_member')
        x = lab.call('internal', '1007', '8009', disposition='answered', answer=f.answered, accept={'calls': 2, 'caller': ['1011']})
        for s, role in ((f, 'caller'), (g, 'conference')):
            l = x.leg(s, role)
            x.stay('conference', '8009', l, s.answered, s.ended)
        x = lab.call('internal', '1006', '1010', disposition='busy')
        x.leg(h, 'caller')
        x.leg(h1, 'called')
    return truth


async def queue_and_transfer(lab, number, name, **record):
    """Outside caller in sales, agent 2005 at 1005 answers, holds once, consults 1001 and transfers attended; 1001 transfers blind to 1002; 1002 hangs up."""
    a, b, e = await lab.phones(1001, 1002, 1005)
    await lab.queue_add('sales', 'PJSIP/1005', agent='2005')
    await lab.record(snapshot=True, **record)
    co = await inbound(lab, '4930555600', number, name)
    ce = await taken(e)
    await sleep(0.7)
    await ce.hold()
    await sleep(0.8)
    await ce.unhold()
    await sleep(0.6)
    cc, ca = await consult(ce, '1001', a)
    await ce.attended_transfer(cc)
    await sleep(1.1)
    await ca.blind_transfer('1002')
    cb = await taken(b)
    await sleep(1.1)
    await cb.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', (number, name), '4930555600', did='4930555600')
        c.leg(co, 'caller', number=number, name=name)
        l2 = c.leg(ce, 'queue_member')
        l3 = c.leg(cc, 'consultation', own_consultation=True, same_device_as=l2)
        l4 = c.leg(ca, 'transfer_target')
        l5 = c.leg(cb, 'transfer_target')
        c.transfer('attended', l2, l4, when(ce, 'refer'), consultation_leg=l3.id)
        c.transfer('blind', l4, l5, when(ca, 'refer'))
    return truth


@scenario('no-timestamps-queue-and-transfer', 'queue, hold, attended and blind transfer without Timestamp in events', up=['--no-timestamps'])
async def no_timestamps(lab):
    """Outside caller in sales, agent 2005 at 1005 answers, holds once, consults 1001 and transfers attended; 1001 transfers blind to 1002; 1002 hangs up."""
    return await queue_and_transfer(lab, '01721000011', 'Ulla Uhr')


@scenario('no-timestamps-link-lost', 'a gap without Timestamp in events', up=['--no-timestamps'], logoff=False)
async def no_timestamps_lost(lab):
    """Outside caller talks to 1001; the link is cut and comes back; 1001 transfers blind to 1002; the caller hangs up."""
    a, b = await lab.phones(1001, 1002)
    await lab.record(snapshot=True)
    co, ca = await inbound(lab, '49305551001', '01721000012', 'Uwe Uhr', a)
    await cut(lab)
    await sleep(1.2)
    await linked(lab)
    await sleep(0.4)
    await ca.blind_transfer('1002')
    cb = await taken(b)
    await sleep(1)
    await co.hangup()
    await cb.wait_end()

    def truth():
        c = lab.call('inbound', ('01721000012', 'Uwe Uhr'), '1001', did='49305551001', **gap(lab))
        c.leg(co, 'caller', number='01721000012', name='Uwe Uhr')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(cb, 'transfer_target')
        c.transfer('blind', l2, l3, when(ca, 'refer'))
    return truth


@scenario('filtered-queue-and-transfer', 'the same through an account whose noisy events the PBX filters')
async def filtered(lab):
    """Outside caller in sales, agent 2005 at 1005 answers, holds once, consults 1001 and transfers attended; 1001 transfers blind to 1002; 1002 hangs up."""
    return await queue_and_transfer(lab, '01721000013', 'Fia Filter', user='filtered')


@scenario('minimal-queue-and-transfer', 'the same through an account with only the needed permissions')
async def minimal(lab):
    """Outside caller in sales, agent 2005 at 1005 answers, holds once, consults 1001 and transfers attended; 1001 transfers blind to 1002; 1002 hangs up."""
    return await queue_and_transfer(lab, '01721000014', 'Minna Mini', user='minimal')


@scenario('system-name-queue-and-transfer', 'the same on a PBX with a system name, which prefixes every unique id')
async def system_name(lab):
    """Outside caller in sales, agent 2005 at 1005 answers, holds once, consults 1001 and transfers attended; 1001 transfers blind to 1002; 1002 hangs up. Meant for an instance brought up with --system-name."""
    return await queue_and_transfer(lab, '01721000015', 'Sven System')


@scenario('listener-link-lost', 'an account that may not ask loses the link in mid call', logoff=False)
async def listener_lost(lab):
    """The account may only listen. Outside caller talks to 1001; the link is cut and comes back: channels cannot be asked for, only bridges and queues; the caller hangs up; then 1002 calls 1003."""
    a, b, d = await lab.phones(1001, 1002, 1003)
    await lab.record(user='listener', snapshot=True)
    co, ca = await inbound(lab, '49305551001', '01721000016', 'Lore Lausch', a)
    await cut(lab)
    await sleep(1)
    await linked(lab, user='listener')
    await sleep(0.7)
    await co.hangup()
    await ca.wait_end()
    await sleep(0.4)
    x, y = await reach(b, '1003', d)
    await x.hangup()
    await y.wait_end()

    def truth():
        c = lab.call('inbound', ('01721000016', 'Lore Lausch'), '1001', did='49305551001', **gap(lab))
        c.leg(co, 'caller', number='01721000016', name='Lore Lausch')
        c.leg(ca, 'called')
        c = lab.call('internal', '1002', '1003')
        c.leg(x, 'caller')
        c.leg(y, 'called')
    return truth
