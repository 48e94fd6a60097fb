"""Agents who roam, log off in mid call, join and leave, share phones."""
import time
from asyncio import gather, sleep

from a0_common import consult, inbound, reach, taken
from d_queues import agent_leg
from lab import scenario, when


def logged_on(lab, agent, extension, since, queues=('sales',)):
    lab.logins.append(dict(agent=agent, extension=extension, call=None, since=since, until=None, how='queue member',
                           queues=list(queues), interface='PJSIP/' + extension))
    return lab.logins[-1]


async def code_call(phone, number):
    """A feature code call, to its end."""
    f = await phone.call(number)
    await f.wait_answer()
    await f.wait_end()
    return f


@scenario('agent-roams-soft-logoff', 'agent on the line is logged off softly in mid call and logs on at another phone')
async def roams_soft(lab):
    """Agent 2001 waits on the line at 1002, gets a support call; in mid call AgentLogoff (soft); the caller hangs up later and 1002 is released. 2001 logs on at 1003 and gets the next call. Then 1001 calls 1002 directly: the owner's call."""
    o, a, b = await lab.phones(1001, 1002, 1003)
    await lab.record(snapshot=True)
    l1 = await lab.agent_login(a, '2001')
    co = await inbound(lab, '4930555601', '01651000001', 'Rosi Roam')
    await co.wait_answer()
    await sleep(2.5)
    await lab.ctl.action('AgentLogoff', Agent='2001', Soft='true')
    await sleep(2)
    await co.hangup()
    await l1.wait_end()
    await sleep(0.5)
    l2 = await lab.agent_login(b, '2001')
    c2 = await inbound(lab, '4930555601', '01651000002', 'Ralf Roam')
    await c2.wait_answer()
    await sleep(3)
    x, y = await reach(o, '1002', a)
    await y.hangup()
    await x.wait_end()
    await c2.hangup()
    await sleep(1)
    await l2.hangup()

    def truth():
        c = lab.call('inbound', ('01651000001', 'Rosi Roam'), '4930555601', did='4930555601')
        c.leg(co, 'caller', number='01651000001', name='Rosi Roam')
        agent_leg(lab, c, l1)
        c = lab.call('inbound', ('01651000002', 'Ralf Roam'), '4930555601', did='4930555601')
        c.leg(c2, 'caller', number='01651000002', name='Ralf Roam')
        agent_leg(lab, c, l2, nth=1)
        c = lab.call('internal', '1001', '1002')
        c.leg(x, 'caller')
        c.leg(y, 'called')
    return truth


@scenario('agent-hangs-up-phone', 'an agent on the line ends a call by hanging up, which is a logoff')
async def agent_hangs_up(lab):
    """Agent 2001 at 1002 gets a support call and puts the receiver down: call and login end together. The next caller is offered to 2002 at 1003, who logged on meanwhile."""
    a, b = await lab.phones(1002, 1003)
    await lab.record()
    l1 = await lab.agent_login(a, '2001')
    co = await inbound(lab, '4930555601', '01651000003', 'Holm Hoerer')
    await co.wait_answer()
    await sleep(3)
    await l1.hangup()
    await co.wait_end()
    l2 = await lab.agent_login(b, '2002')
    c2 = await inbound(lab, '4930555601', '01651000004', 'Hilde Hoerer')
    await c2.wait_answer()
    await sleep(3)
    await c2.hangup()
    await sleep(0.8)
    await l2.hangup()

    def truth():
        c = lab.call('inbound', ('01651000003', 'Holm Hoerer'), '4930555601', did='4930555601', ended_by='A2')
        c.leg(co, 'caller', number='01651000003', name='Holm Hoerer')
        agent_leg(lab, c, l1, hung_up_by='party')
        c = lab.call('inbound', ('01651000004', 'Hilde Hoerer'), '4930555601', did='4930555601')
        c.leg(c2, 'caller', number='01651000004', name='Hilde Hoerer')
        agent_leg(lab, c, l2)
    return truth


@scenario('member-leaves-mid-call', 'an agent by member name leaves the queue in mid call; later calls are the owner\'s')
async def member_leaves(lab):
    """1005 joins sales as agent 2005 by feature code, answers a queue call, is removed from the queue in mid call (supervisor); 1005 then consults 1001 and transfers attended. After that 1002 calls 1005: the owner's call."""
    o, b, d = await lab.phones(1001, 1005, 1002)
    await lab.record(snapshot=True)
    f = await code_call(b, '*4612005')
    login = logged_on(lab, '2005', '1005', f.answered)
    await sleep(0.3)
    co = await inbound(lab, '4930555600', '01651000005', 'Leif Leaver')
    cb = await taken(b)
    await sleep(1)
    await lab.ctl.action('QueueRemove', Queue='sales', Interface='PJSIP/1005')
    login['until'] = time.time()
    await sleep(0.8)
    cc, ca = await consult(cb, '1001', o)
    await cb.attended_transfer(cc)
    await sleep(0.8)
    x, y = await reach(d, '1005', b)
    await x.hangup()
    await y.wait_end()
    await ca.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01651000005', 'Leif Leaver'), '4930555600', did='4930555600')
        c.leg(co, 'caller', number='01651000005', name='Leif Leaver')
        l2 = c.leg(cb, 'queue_member')
        l3 = c.leg(cc, 'consultation', own_consultation=True, same_device_as=l2)
        l4 = c.leg(ca, 'transfer_target')
        c.transfer('attended', l2, l4, when(cb, 'refer'), consultation_leg=l3.id)
        c = lab.call('internal', '1002', '1005')
        c.leg(x, 'caller')
        c.leg(y, 'called')
        lab.not_call('feature code call of 1005: login', f)
    return truth


@scenario('member-joins-mid-call', 'an agent logs on at a phone that is in a call already')
async def member_joins(lab):
    """1002 calls 1005, who answers; in mid call agent 2005 joins sales at 1005; the call stays the owner's. The next call to 1005 (from 1001, on hold of nothing) is the agent's; then the agent leaves while it rings: still the agent's? No: it counts when it is answered."""
    o, b, d = await lab.phones(1001, 1005, 1002)
    await lab.record()
    x, y = await reach(d, '1005', b)
    await lab.queue_add('sales', 'PJSIP/1005', agent='2005')
    await sleep(1)
    await x.hangup()
    await y.wait_end()
    await sleep(0.3)
    x2, y2 = await reach(o, '1005', b)
    await y2.hangup()
    await x2.wait_end()
    await sleep(0.3)
    x3 = await d.call('1005')
    y3 = await b.wait_call()
    await sleep(1.3)
    await lab.queue_remove('sales', 'PJSIP/1005')
    await sleep(1.3)
    await y3.answer()
    await x3.wait_answer()
    await sleep(1)
    await x3.hangup()
    await y3.wait_end()

    def truth():
        for p, n, q in ((x, '1002', y), (x2, '1001', y2), (x3, '1002', y3)):
            c = lab.call('internal', n, '1005')
            c.leg(p, 'caller')
            c.leg(q, 'called')
    return truth


@scenario('member-roams-mid-call', 'an agent in a call logs on at another phone: the call stays theirs, the newest login holds')
async def member_roams(lab):
    """Agent 2005 joins sales at 1005 and answers a queue call. In mid call 2005 joins sales at 1004 too (the login at 1005 is superseded). A second queue call rings 1004, who answers: agent 2005's. Both callers hang up; then 1002 calls 1005: the owner's."""
    d, a, b = await lab.phones(1002, 1004, 1005)
    await lab.record(snapshot=True)
    f = await code_call(b, '*4612005')
    first = logged_on(lab, '2005', '1005', f.answered)
    await sleep(0.3)
    co = await inbound(lab, '4930555600', '01651000006', 'Moni Move')
    cb = await taken(b)
    await sleep(1)
    g = await a.call('*4612005')
    await g.wait_answer()
    first['until'] = g.answered
    logged_on(lab, '2005', '1004', g.answered)
    await g.wait_end()
    await sleep(0.3)
    c2 = await inbound(lab, '4930555600', '01651000007', 'Marc Move')
    ca = await taken(a)
    await sleep(1)
    await co.hangup()
    await cb.wait_end()
    await sleep(0.4)
    await c2.hangup()
    await ca.wait_end()
    await sleep(0.3)
    x, y = await reach(d, '1005', b)
    await y.hangup()
    await x.wait_end()

    def truth():
        c = lab.call('inbound', ('01651000006', 'Moni Move'), '4930555600', did='4930555600')
        c.leg(co, 'caller', number='01651000006', name='Moni Move')
        c.leg(cb, 'queue_member')
        c = lab.call('inbound', ('01651000007', 'Marc Move'), '4930555600', did='4930555600')
        c.leg(c2, 'caller', number='01651000007', name='Marc Move')
        c.leg(ca, 'queue_member')
        c = lab.call('internal', '1002', '1005', note='by the rule that the newest login holds and the older one ends as superseded')
        c.leg(x, 'caller')
        c.leg(y, 'called')
        lab.not_call('feature code call of 1005: login', f)
        lab.not_call('feature code call of 1004: login', g)
    return truth


@scenario('two-agents-one-phone', 'a second agent logs on at a phone where another one is')
async def two_agents(lab):
    """Agent 2005 joins sales at 1005 and takes a call. Then agent 2006 joins frontdesk at 1005: the newest login holds. A frontdesk call is 2006's. 2006 leaves; 1001 calls 1005."""
    o, b = await lab.phones(1001, 1005)
    await lab.record(snapshot=True)
    await lab.queue_add('sales', 'PJSIP/1005', agent='2005')
    await sleep(0.3)
    co = await inbound(lab, '4930555600', '01651000008', 'Zita Zwei')
    cb = await taken(b)
    await sleep(1)
    await co.hangup()
    await cb.wait_end()
    await lab.queue_add('frontdesk', 'PJSIP/1005', agent='2006')
    lab.logins[0]['until'] = lab.logins[1]['since']
    await sleep(0.3)
    c2 = await inbound(lab, '4930555603', '01651000009', 'Zeno Zwei')
    cb2 = await taken(b)
    await sleep(1)
    await c2.hangup()
    await cb2.wait_end()

    def truth():
        c = lab.call('inbound', ('01651000008', 'Zita Zwei'), '4930555600', did='4930555600')
        c.leg(co, 'caller', number='01651000008', name='Zita Zwei')
        c.leg(cb, 'queue_member')
        c = lab.call('inbound', ('01651000009', 'Zeno Zwei'), '4930555603', did='4930555603')
        c.leg(c2, 'caller', number='01651000009', name='Zeno Zwei')
        c.leg(cb2, 'queue_member')
    return truth


@scenario('pause-mid-call', 'an agent pauses in mid call, and is back for the call after next')
async def pause_mid_call(lab):
    """Agent 2005 (1005) and 2006 (1004) in sales. 2005 takes a call and is paused in it; the next call rings 1004 only; 2005 unpauses by feature code and both ring for the third; 1005 takes it."""
    a, b = await lab.phones(1004, 1005)
    await lab.queue_add('sales', 'PJSIP/1005', agent='2005')
    await lab.record(snapshot=True)
    co = await inbound(lab, '4930555600', '01651000010', 'Paul Pause')
    cb = await taken(b)
    await sleep(0.8)
    await lab.queue_pause('PJSIP/1005', True, reason='wrap up')
    await lab.queue_add('sales', 'PJSIP/1004', agent='2006')
    await sleep(0.6)
    await cb.hangup()
    await co.wait_end()
    await sleep(0.3)
    c2 = await inbound(lab, '4930555600', '01651000011', 'Pam Pause')
    ca = await taken(a)
    await sleep(0.8)
    await c2.hangup()
    await ca.wait_end()
    f = await code_call(b, '*49')
    await sleep(0.3)
    c3 = await inbound(lab, '4930555600', '01651000012', 'Pit Pause')
    ca3 = await a.wait_call()
    cb3 = await taken(b)
    await sleep(0.8)
    await c3.hangup()
    await cb3.wait_end()

    def truth():
        for x, n, who, legs in ((co, '01651000010', 'Paul Pause', [cb]), (c2, '01651000011', 'Pam Pause', [ca]), (c3, '01651000012', 'Pit Pause', [ca3, cb3])):
            c = lab.call('inbound', (n, who), '4930555600', did='4930555600')
            c.leg(x, 'caller', number=n, name=who)
            for y in legs:
                c.leg(y, 'queue_member')
        lab.not_call('feature code call of 1005: unpause', f)
    return truth


@scenario('agent-called-directly-on-line', 'an agent who waits on the line is called directly and calls out on the second line')
async def agent_called_directly(lab):
    """Agent 2001 waits on the line at 1002. 1001 calls 1002: the second line rings and is answered, the agent's call. Then 1002 calls 1003 on the second line. Then a support call on the waiting line."""
    o, a, d = await lab.phones(1001, 1002, 1003)
    await lab.record(snapshot=True)
    login = await lab.agent_login(a, '2001')
    x, y = await reach(o, '1002', a)
    await x.hangup()
    await y.wait_end()
    await sleep(0.3)
    x2, y2 = await reach(a, '1003', d)
    await x2.hangup()
    await y2.wait_end()
    await sleep(0.5)
    co = await inbound(lab, '4930555601', '01651000013', 'Zora Zweitlinie')
    await co.wait_answer()
    await sleep(3)
    await co.hangup()
    await sleep(1)
    await login.hangup()

    def truth():
        c = lab.call('internal', '1001', '1002')
        c.leg(x, 'caller')
        c.leg(y, 'called')
        c = lab.call('internal', '1002', '1003')
        c.leg(x2, 'caller')
        c.leg(y2, 'called')
        c = lab.call('inbound', ('01651000013', 'Zora Zweitlinie'), '4930555601', did='4930555601')
        c.leg(co, 'caller', number='01651000013', name='Zora Zweitlinie')
        agent_leg(lab, c, login)
    return truth


@scenario('agents-two-on-line', 'two agents on the line, two calls at once, one roams in between')
async def agents_two(lab):
    """2001 at 1002 and 2002 at 1003 wait on the line. Two support callers at once: one each. The first hangs up; 2001 hangs up and logs on at 1004 while 2002 still talks; a third caller goes to 2001 at 1004. All end."""
    a, b, d = await lab.phones(1002, 1003, 1004)
    await lab.record(snapshot=True)
    l1, l2 = await gather(lab.agent_login(a, '2001'), lab.agent_login(b, '2002'))
    co = await inbound(lab, '4930555601', '01651000014', 'Doro Doppel')
    await co.wait_answer()
    await sleep(1.5)
    c2 = await inbound(lab, '4930555601', '01651000015', 'Dario Doppel')
    await c2.wait_answer()
    await sleep(2.5)
    # who got which caller is the queue's choice
    uids = {cid: u for _, u, _, cid in lab.map}
    connects = [x.split('|') for x in lab.tail(lab.qlog_path).splitlines()]
    got = [x[3] for x in connects if x[1] == uids[co.call_id] and x[4] == 'CONNECT'][0]
    first = l1 if got == '2001' else l2
    mine, other = (co, c2) if first is l1 else (c2, co)
    await mine.hangup()
    await sleep(0.8)
    await l1.hangup()
    await sleep(0.5)
    l3 = await lab.agent_login(d, '2001')
    c3 = await inbound(lab, '4930555601', '01651000016', 'Dina Doppel')
    await c3.wait_answer()
    await sleep(3)
    await c3.hangup()
    await other.hangup()
    await sleep(1)
    await l2.hangup()
    await l3.hangup()

    def truth():
        for x, n, who in ((co, '01651000014', 'Doro Doppel'), (c2, '01651000015', 'Dario Doppel')):
            c = lab.call('inbound', (n, who), '4930555601', did='4930555601')
            c.leg(x, 'caller', number=n, name=who)
            agent_leg(lab, c, l1 if x is mine else l2)
        c = lab.call('inbound', ('01651000016', 'Dina Doppel'), '4930555601', did='4930555601')
        c.leg(c3, 'caller', number='01651000016', name='Dina Doppel')
        agent_leg(lab, c, l3, nth=1)
    return truth


@scenario('local-member-roams', 'a Local-channel member moves to another phone in mid call and transfers from it')
async def local_member_roams(lab):
    """frontdesk has Local/1005@from-queue/n as agent 2005. 1005 answers; in mid call the member is removed and added again as Local/1004@from-queue/n; 1005 transfers the caller blind to 6004: 1004 rings and answers as 2005; the caller hangs up."""
    a, b = await lab.phones(1004, 1005)
    await lab.queue_add('frontdesk', 'Local/1005@from-queue/n', agent='2005', state='PJSIP/1005')
    await lab.record(snapshot=True)
    co = await inbound(lab, '4930555603', '01651000017', 'Lorenz Local')
    cb = await taken(b)
    await sleep(1)
    await lab.queue_remove('frontdesk', 'Local/1005@from-queue/n')
    await lab.queue_add('frontdesk', 'Local/1004@from-queue/n', agent='2005', state='PJSIP/1004')
    await sleep(0.7)
    await cb.blind_transfer('6004')
    ca = await taken(a)
    await sleep(1.3)
    await co.hangup()
    await ca.wait_end()

    def truth():
        c = lab.call('inbound', ('01651000017', 'Lorenz Local'), '4930555603', did='4930555603')
        c.leg(co, 'caller', number='01651000017', name='Lorenz Local')
        l2 = c.leg(cb, 'queue_member')
        l3 = c.leg(ca, 'queue_member')
        c.transfer('blind', l2, l3, when(cb, 'refer'))
    return truth


@scenario('local-members-attended', 'a Local-channel member consults and transfers attended')
async def local_members_attended(lab):
    """frontdesk has Local/1005@from-queue/n as agent 2005. 1005 answers, holds, calls 1001, joins both; the caller hangs up."""
    o, b = await lab.phones(1001, 1005)
    await lab.queue_add('frontdesk', 'Local/1005@from-queue/n', agent='2005', state='PJSIP/1005')
    await lab.record(snapshot=True)
    co = await inbound(lab, '4930555603', '01651000018', 'Laura Local')
    cb = await taken(b)
    await sleep(1)
    cc, ca = await consult(cb, '1001', o)
    await cb.attended_transfer(cc)
    await sleep(1.3)
    await co.hangup()
    await ca.wait_end()

    def truth():
        c = lab.call('inbound', ('01651000018', 'Laura Local'), '4930555603', did='4930555603')
        c.leg(co, 'caller', number='01651000018', name='Laura Local')
        l2 = c.leg(cb, 'queue_member')
        l3 = c.leg(cc, 'consultation', own_consultation=True, same_device_as=l2)
        l4 = c.leg(ca, 'transfer_target')
        c.transfer('attended', l2, l4, when(cb, 'refer'), consultation_leg=l3.id)
    return truth
