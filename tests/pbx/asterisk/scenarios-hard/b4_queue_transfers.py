"""Queue calls that are transferred, also into the next queue."""
from asyncio import sleep

from a0_common import consult, inbound, reach, taken
from d_queues import agent_leg
from lab import scenario, when


async def queued(lab, did, number, name, phone, after=0.8, talk=1.2):
    co = await inbound(lab, did, number, name)
    ca = await taken(phone, after)
    await co.wait_answer()
    await sleep(talk)
    return co, ca


@scenario('queue-to-queue-blind', 'an agent transfers a queue call blind into another queue')
async def queue_to_queue_blind(lab):
    """Outside caller in sales, answered by agent 2005 at 1005, who transfers blind to 6004 (frontdesk); agent 2006 at 1004 answers there; the caller hangs up."""
    a, b = await lab.phones(1004, 1005)
    await lab.queue_add('sales', 'PJSIP/1005', agent='2005')
    await lab.queue_add('frontdesk', 'PJSIP/1004', agent='2006')
    await lab.record(snapshot=True)
    co, cb = await queued(lab, '4930555600', '01634000001', 'Quade Quer', b)
    await cb.blind_transfer('6004')
    ca = await taken(a)
    await sleep(1.4)
    await co.hangup()
    await ca.wait_end()

    def truth():
        c = lab.call('inbound', ('01634000001', 'Quade Quer'), '4930555600', did='4930555600')
        c.leg(co, 'caller', number='01634000001', name='Quade Quer')
        l2 = c.leg(cb, 'queue_member')
        l3 = c.leg(ca, 'queue_member')
        c.transfer('blind', l2, l3, when(cb, 'refer'))
    return truth


@scenario('queue-to-queue-attended', 'an agent consults another queue and transfers attended')
async def queue_to_queue_attended(lab):
    """Outside caller in sales, answered by agent 2005 at 1005, who holds, calls 6004; agent 2006 at 1004 answers; 1005 joins both; 1004 hangs up."""
    a, b = await lab.phones(1004, 1005)
    await lab.queue_add('sales', 'PJSIP/1005', agent='2005')
    await lab.queue_add('frontdesk', 'PJSIP/1004', agent='2006')
    await lab.record(snapshot=True)
    co, cb = await queued(lab, '4930555600', '01634000002', 'Quella Quer', b)
    cc, ca = await consult(cb, '6004', a)
    await cb.attended_transfer(cc)
    await sleep(1.4)
    await ca.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01634000002', 'Quella Quer'), '4930555600', did='4930555600')
        c.leg(co, 'caller', number='01634000002', name='Quella Quer')
        l2 = c.leg(cb, 'queue_member')
        l3 = c.leg(cc, 'consultation', own_consultation=True, same_device_as=l2)
        l4 = c.leg(ca, 'queue_member')
        c.transfer('attended', l2, l4, when(cb, 'refer'), consultation_leg=l3.id)
    return truth


@scenario('queue-to-queue-abandoned', 'transferred into the next queue, where the caller gives up')
async def queue_to_queue_abandoned(lab):
    """Outside caller in sales, answered by 1005, who transfers blind to 6004; 1004 rings there; the caller gives up."""
    a, b = await lab.phones(1004, 1005)
    await lab.queue_add('sales', 'PJSIP/1005', agent='2005')
    await lab.queue_add('frontdesk', 'PJSIP/1004', agent='2006')
    await lab.record()
    co, cb = await queued(lab, '4930555600', '01634000003', 'Quarka Quer', b)
    await cb.blind_transfer('6004')
    ca = await a.wait_call()
    await sleep(1.8)
    await co.hangup()
    await ca.wait_end()

    def truth():
        c = lab.call('inbound', ('01634000003', 'Quarka Quer'), '4930555600', did='4930555600')
        c.leg(co, 'caller', number='01634000003', name='Quarka Quer')
        l2 = c.leg(cb, 'queue_member')
        l3 = c.leg(ca, 'queue_member', result='abandoned')
        c.transfer('blind', l2, l3, when(cb, 'refer'), result='failed')
    return truth


@scenario('queue-to-agent-login', 'an agent transfers a queue call blind to a queue where an agent waits on the line')
async def queue_to_agent_login(lab):
    """Agent 2001 waits on the line at 1002. Outside caller in sales, answered by agent 2005 at 1005, who transfers blind to 6002: 2001 is connected at once; the caller hangs up; 2001 logs off."""
    a, b = await lab.phones(1002, 1005)
    await lab.queue_add('sales', 'PJSIP/1005', agent='2005')
    await lab.record()
    login = await lab.agent_login(a, '2001')
    co, cb = await queued(lab, '4930555600', '01634000004', 'Lola Leitung', b)
    await cb.blind_transfer('6002')
    await sleep(3.5)
    await co.hangup()
    await sleep(1.2)
    await login.hangup()
    await sleep(0.4)

    def truth():
        c = lab.call('inbound', ('01634000004', 'Lola Leitung'), '4930555600', did='4930555600')
        c.leg(co, 'caller', number='01634000004', name='Lola Leitung')
        l2 = c.leg(cb, 'queue_member')
        l3 = agent_leg(lab, c, login)
        c.transfer('blind', l2, l3, when(cb, 'refer'))
    return truth


@scenario('queue-consult-agent-login', 'an agent consults the queue of agents on the line and transfers attended')
async def queue_consult_agent_login(lab):
    """Agent 2001 waits on the line at 1002. Outside caller in sales, answered by agent 2005 at 1005, who holds and calls 6002: 2001 talks to 1005; 1005 joins both; the caller hangs up; 2001 stays and logs off later."""
    a, b = await lab.phones(1002, 1005)
    await lab.queue_add('sales', 'PJSIP/1005', agent='2005')
    await lab.record()
    login = await lab.agent_login(a, '2001')
    co, cb = await queued(lab, '4930555600', '01634000005', 'Lino Leitung', b)
    await cb.hold()
    await sleep(0.2)
    cc = await b.call('6002')
    await cc.wait_answer()
    await sleep(3)
    await cb.attended_transfer(cc)
    await sleep(2)
    await co.hangup()
    await sleep(1.2)
    await login.hangup()
    await sleep(0.4)

    def truth():
        c = lab.call('inbound', ('01634000005', 'Lino Leitung'), '4930555600', did='4930555600')
        c.leg(co, 'caller', number='01634000005', name='Lino Leitung')
        l2 = c.leg(cb, 'queue_member')
        l3 = c.leg(cc, 'consultation', own_consultation=True, same_device_as=l2)
        l4 = agent_leg(lab, c, login)
        c.transfer('attended', l2, l4, when(cb, 'refer'), consultation_leg=l3.id)
    return truth


@scenario('queue-attended-to-extension', 'an agent consults a colleague and transfers a queue call attended')
async def queue_attended(lab):
    """Outside caller in sales, answered by agent 2005 at 1005; consultation with 1001; joined; 1001 hangs up. Then the agent takes the next queue call."""
    a, b = await lab.phones(1001, 1005)
    await lab.queue_add('sales', 'PJSIP/1005', agent='2005')
    await lab.record()
    co, cb = await queued(lab, '4930555600', '01634000006', 'Attila Agent', b)
    cc, ca = await consult(cb, '1001', a)
    await cb.attended_transfer(cc)
    await sleep(0.6)
    co2, cb2 = await queued(lab, '4930555600', '01634000007', 'Agathe Agent', b)
    await ca.hangup()
    await co.wait_end()
    await sleep(0.6)
    await cb2.hangup()
    await co2.wait_end()

    def truth():
        c = lab.call('inbound', ('01634000006', 'Attila Agent'), '4930555600', did='4930555600')
        c.leg(co, 'caller', number='01634000006', name='Attila Agent')
        l2 = c.leg(cb, 'queue_member')
        l3 = c.leg(cc, 'consultation', own_consultation=True, same_device_as=l2)
        l4 = c.leg(ca, 'transfer_target')
        c.transfer('attended', l2, l4, when(cb, 'refer'), consultation_leg=l3.id)
        c = lab.call('inbound', ('01634000007', 'Agathe Agent'), '4930555600', did='4930555600')
        c.leg(co2, 'caller', number='01634000007', name='Agathe Agent')
        c.leg(cb2, 'queue_member')
    return truth


@scenario('agent-login-blind-code', 'an agent on the line transfers by feature code and waits for the next call')
async def agent_login_blind(lab):
    """Agent 2001 waits on the line at 1002, gets a support call, dials #1 1003; 1003 answers; 2001 is back waiting and gets a second support call; both callers hang up."""
    a, d = await lab.phones(1002, 1003)
    await lab.record()
    login = await lab.agent_login(a, '2001')
    co = await inbound(lab, '4930555601', '01634000008', 'Lisa Leitung')
    await co.wait_answer()
    await sleep(3)
    await login.dtmf('#1')
    await sleep(1.5)
    await login.dtmf('1003')
    cd = await d.wait_call()
    moved = cd.start
    await sleep(0.8)
    await cd.answer()
    await sleep(1.5)
    co2 = await inbound(lab, '4930555601', '01634000009', 'Linus Leitung')
    await co2.wait_answer()
    await sleep(3)
    await co.hangup()
    await cd.wait_end()
    await sleep(0.8)
    await co2.hangup()
    await sleep(1)
    await login.hangup()
    await sleep(0.4)

    def truth():
        c = lab.call('inbound', ('01634000008', 'Lisa Leitung'), '4930555601', did='4930555601')
        c.leg(co, 'caller', number='01634000008', name='Lisa Leitung')
        l2 = agent_leg(lab, c, login, holds=[(when(login, 'dtmf') + 0.3, moved, 'feature')])
        l3 = c.leg(cd, 'transfer_target')
        c.transfer('blind', l2, l3, moved)
        c = lab.call('inbound', ('01634000009', 'Linus Leitung'), '4930555601', did='4930555601')
        c.leg(co2, 'caller', number='01634000009', name='Linus Leitung')
        agent_leg(lab, c, login, nth=1)
    return truth


@scenario('agent-login-attended-code', 'an agent on the line consults by feature code and completes')
async def agent_login_attended(lab):
    """Agent 2001 waits on the line at 1002, gets a support call, dials *2 1003, talks to 1003, presses *2: the caller and 1003 talk; 2001 waits again and logs off; 1003 hangs up."""
    a, d = await lab.phones(1002, 1003)
    await lab.record()
    login = await lab.agent_login(a, '2001')
    co = await inbound(lab, '4930555601', '01634000010', 'Lutz Leitung')
    await co.wait_answer()
    await sleep(3)
    await login.dtmf('*2')
    await sleep(1.5)
    await login.dtmf('1003')
    cd = await taken(d)
    await sleep(1.2)
    await login.dtmf('*2')
    done = when(login, 'dtmf', 2) + 0.3
    await sleep(2)
    await login.hangup()
    await sleep(0.8)
    await cd.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01634000010', 'Lutz Leitung'), '4930555601', did='4930555601')
        c.leg(co, 'caller', number='01634000010', name='Lutz Leitung')
        l2 = agent_leg(lab, c, login, holds=[(when(login, 'dtmf') + 0.3, done, 'feature')])
        l2.end = done
        l3 = c.leg(cd, 'transfer_target')
        c.transfer('attended', l2, l3, done)
    return truth
