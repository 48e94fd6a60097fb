"""What other programs do to calls through AMI: originate, redirect, bridge, transfer, hang up; and conferences."""
from asyncio import sleep

from a0_common import channel, inbound, reach, taken
from lab import scenario, when


@scenario('originate-to-queue', 'Originate: the user\'s phone, then a queue')
async def originate_to_queue(lab):
    """Originate for 1001 to 6001: 1001 answers, waits in sales, agent 2005 at 1005 answers; 1001 hangs up."""
    a, b = await lab.phones(1001, 1005)
    await lab.queue_add('sales', 'PJSIP/1005', agent='2005')
    await lab.record()
    await lab.ctl.action('Originate', Channel='PJSIP/1001', Context='click', Exten='6001', Priority='1',
                         CallerID='"Click to dial" <6001>', Timeout='15000', Async='true')
    ca = await taken(a)
    cb = await taken(b, after=1)
    await sleep(1.4)
    await ca.hangup()
    await cb.wait_end()

    def truth():
        c = lab.call('internal', '1001', '6001')
        c.leg(ca, 'caller', originated=True)
        c.leg(cb, 'queue_member')
    return truth


@scenario('originate-local-channel', 'Originate with a Local channel as PBX distributions do')
async def originate_local(lab):
    """Originate Local/1001@internal to 1002: 1001 rings and answers, then 1002 rings and answers; 1002 hangs up."""
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    await lab.ctl.action('Originate', Channel='Local/1001@internal', Context='internal', Exten='1002', Priority='1',
                         CallerID='"Alice Archer" <1001>', Timeout='15000', Async='true')
    ca = await taken(a)
    cb = await taken(b, after=1)
    await sleep(1.6)
    await cb.hangup()
    await ca.wait_end()

    def truth():
        c = lab.call('internal', '1001', '1002', accept={'dialled': ['1001'], 'caller': ['1002', None, '']},
                     note='seen from outside the PBX calls both 1001 and 1002; who asked for it is known to the program that did')
        c.leg(ca, 'caller', originated=True)
        c.leg(cb, 'called')
    return truth


@scenario('originate-application', 'Originate straight into an application')
async def originate_application(lab):
    """Originate for 1001 with the application Dial to 1002: 1001 answers, 1002 rings and answers; 1001 hangs up."""
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    await lab.ctl.action('Originate', Channel='PJSIP/1001', Application='Dial', Data='PJSIP/1002,15,tT',
                         CallerID='"Bob Baker" <1002>', Timeout='15000', Async='true')
    ca = await taken(a)
    cb = await taken(b)
    await sleep(1.5)
    await ca.hangup()
    await cb.wait_end()

    def truth():
        c = lab.call('internal', '1001', '', accept={'dialled': ['1002', '1001', 's', None]},
                     note='no number was dialled: the program named the channel to dial')
        c.leg(ca, 'caller', originated=True)
        c.leg(cb, 'called')
    return truth


@scenario('originate-not-answered', 'Originate: the user does not answer; then the user answers and the number does not')
async def originate_not_answered(lab):
    """Originate for 1001 (rings 4 s, not answered): the number is never dialled. Again: 1001 answers, 1002 rings, 1001 hangs up before it answers."""
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    h = dict(Channel='PJSIP/1001', Context='click', Exten='1002', Priority='1', CallerID='1002', Async='true')
    await lab.ctl.action('Originate', Timeout='4000', **h)
    c0 = await a.wait_call()
    await c0.wait_end()
    await sleep(1.5)
    await lab.ctl.action('Originate', Timeout='15000', **h)
    ca = await taken(a)
    cb = await b.wait_call()
    await sleep(1.5)
    await ca.hangup()
    await cb.wait_end()

    def truth():
        c = lab.call('internal', '1001', '1002', disposition='no_answer',
                     accept={'disposition': ['failed', 'abandoned', 'rejected'], 'dialled': ['1001', None], 'caller': ['1002']},
                     note='the user did not take the click-to-dial call; the number was never dialled')
        c.leg(c0, 'caller', result='no_answer', originated=True)
        c = lab.call('internal', '1001', '1002', answer=None, disposition='abandoned', ended_by='B1', accept={'disposition': ['abandoned', 'no_answer']})
        c.leg(ca, 'caller', originated=True)
        c.leg(cb, 'called', result='abandoned')
    return truth


@scenario('action-blind-transfer', 'the AMI action BlindTransfer moves a call')
async def action_blind(lab):
    """Outside caller with 1001; a program blind transfers 1001's call to 1002; 1002 answers and hangs up."""
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01671000001', 'Aki Aktion', a)
    await lab.ctl.action('BlindTransfer', Channel=channel(lab, ca), Context='internal', Exten='1002')
    cb = await b.wait_call()
    moved = cb.start
    await ca.wait_end()
    await sleep(0.7)
    await cb.answer()
    await sleep(1.3)
    await cb.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01671000001', 'Aki Aktion'), '1001', did='49305551001')
        c.leg(co, 'caller', number='01671000001', name='Aki Aktion')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(cb, 'transfer_target')
        c.transfer('blind', l2, l3, moved)
    return truth


@scenario('action-atxfer', 'the AMI action Atxfer begins a consultation, hanging up completes it')
async def action_atxfer(lab):
    """Outside caller with 1001; a program starts an attended transfer of 1001's call to 1002; 1002 answers; 1001 hangs up; 1002 hangs up later."""
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01671000002', 'Aino Aktion', a)
    t = __import__('time').time()
    await lab.ctl.action('Atxfer', Channel=channel(lab, ca), Context='internal', Exten='1002')
    cb = await taken(b)
    await sleep(1.3)
    await ca.hangup()
    await sleep(1.3)
    await cb.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01671000002', 'Aino Aktion'), '1001', did='49305551001')
        c.leg(co, 'caller', number='01671000002', name='Aino Aktion')
        l2 = c.leg(ca, 'called', holds=[(t, ca.ended, 'feature')])
        l3 = c.leg(cb, 'transfer_target')
        c.transfer('attended', l2, l3, ca.ended)
    return truth


@scenario('action-redirect-both', 'both parties are redirected into a conference, a third joins')
async def action_redirect_both(lab):
    """1001 calls 1002; the action Redirect moves both to 8006; 1003 dials 8006; 1001 leaves, 1002 leaves, 1003 leaves."""
    a, b, d = await lab.phones(1001, 1002, 1003)
    await lab.record()
    ca, cb = await reach(a, '1002', b)
    t = __import__('time').time()
    await lab.ctl.action('Redirect', Channel=channel(lab, ca), ExtraChannel=channel(lab, cb), Context='internal', Exten='8006', Priority='1')
    await sleep(1.5)
    cd = await d.call('8006')
    await cd.wait_answer()
    await sleep(1.2)
    await ca.hangup()
    await sleep(0.8)
    await cb.hangup()
    await sleep(0.8)
    await cd.hangup()

    def truth():
        c = lab.call('internal', '1001', '1002', accept={'calls': 2})
        l1 = c.leg(ca, 'caller')
        l2 = c.leg(cb, 'called')
        l3 = c.leg(cd, 'conference')
        for l in (l1, l2):
            c.stay('conference', '8006', l, t, l.src.ended)
        c.stay('conference', '8006', l3, cd.answered, cd.ended)
    return truth


@scenario('action-redirect-one', 'the called party of a call is taken away to another extension; the caller is dropped')
async def action_redirect_one(lab):
    """1001 calls 1002; the action Redirect sends 1002 alone to 1003, who rings and answers: 1002 talks to 1003, 1001's call ends; 1002 hangs up."""
    a, b, d = await lab.phones(1001, 1002, 1003)
    await lab.record()
    ca, cb = await reach(a, '1002', b)
    await lab.ctl.action('Redirect', Channel=channel(lab, cb), Context='internal', Exten='1003', Priority='1')
    cd = await taken(d)
    await ca.wait_end()
    await sleep(1.4)
    await cb.hangup()
    await cd.wait_end()

    def truth():
        c = lab.call('internal', '1001', '1002', accept={'calls': 2})
        c.leg(ca, 'caller')
        c.leg(cb, 'called')
        c.leg(cd, 'transfer_target')
    return truth


@scenario('action-bridge', 'the action Bridge puts parties of two calls together')
async def action_bridge(lab):
    """Outside caller with 1001; 1002 with 1003; the action Bridge connects the outside caller with 1003; 1001 and 1002 are dropped; 1003 hangs up."""
    a, b, d = await lab.phones(1001, 1002, 1003)
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01671000003', 'Arvo Aktion', a)
    cb, cd = await reach(b, '1003', d)
    await lab.ctl.action('Bridge', Channel1=channel(lab, co), Channel2=channel(lab, cd), Tone='no')
    await sleep(2)
    for x in (ca, cb):
        if not x.ended:
            await x.hangup()
    await cd.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01671000003', 'Arvo Aktion'), '1001', did='49305551001', accept={'calls': 2},
                     note='two calls that became one when their parties were bridged')
        c.leg(co, 'caller', number='01671000003', name='Arvo Aktion')
        c.leg(ca, 'called')
        c.leg(cb, 'conference')
        c.leg(cd, 'conference')
    return truth


@scenario('action-hangup', 'calls are hung up by action: while ringing, while talking, while waiting')
async def action_hangup(lab):
    """A program hangs up: 1001's call while 1002 rings; then an outside caller's call while talking to 1001; then an outside caller waiting in sales."""
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    ca = await a.call('1002')
    cb = await b.wait_call()
    await sleep(1.2)
    await lab.ctl.action('Hangup', Channel=channel(lab, ca), Cause='16')
    await cb.wait_end()
    await ca.wait_end()
    await sleep(0.4)
    co, c1 = await inbound(lab, '49305551001', '01671000004', 'Hedda Hang', a)
    await lab.ctl.action('Hangup', Channel=channel(lab, c1))
    await co.wait_end()
    await sleep(0.4)
    c2 = await inbound(lab, '4930555600', '01671000005', 'Harm Hang')
    await sleep(1.5)
    await lab.ctl.action('Hangup', Channel=channel(lab, c2))
    await c2.wait_end()

    def truth():
        c = lab.call('internal', '1001', '1002', disposition='failed', accept={'disposition': ['no_answer', 'abandoned', 'failed', 'rejected']})
        c.leg(ca, 'caller', result='failed')
        c.leg(cb, 'called', result='no_answer')
        c = lab.call('inbound', ('01671000004', 'Hedda Hang'), '1001', did='49305551001', ended_by='pbx')
        c.leg(co, 'caller', number='01671000004', name='Hedda Hang')
        c.leg(c1, 'called')
        c = lab.call('inbound', ('01671000005', 'Harm Hang'), '4930555600', did='4930555600', disposition='abandoned',
                     accept={'disposition': ['no_answer', 'abandoned', 'failed']})
        c.leg(c2, 'caller', number='01671000005', name='Harm Hang')
    return truth


@scenario('conference-coming-and-going', 'four parties in a conference, leaving and coming back')
async def conference_four(lab):
    """1001, 1002, 1003 and an outside caller meet in 8001 by the outside DID and by dialling; 1002 leaves and comes back; 1001 leaves; 1003 leaves; the outside caller leaves; 1002 last."""
    a, b, d = await lab.phones(1001, 1002, 1003)
    await lab.record()
    ca = await a.call('8001')
    await ca.wait_answer()
    await sleep(0.9)
    cb = await b.call('8001')
    await cb.wait_answer()
    await sleep(0.9)
    co = await inbound(lab, '4930555680', '01671000006', 'Kaspar Konferenz')
    await co.wait_answer()
    await sleep(0.9)
    cd = await d.call('8001')
    await cd.wait_answer()
    await sleep(0.9)
    await cb.hangup()
    await sleep(0.9)
    c2 = await b.call('8001')
    await c2.wait_answer()
    await sleep(0.9)
    for x in (ca, cd, co, c2):
        await x.hangup()
        await sleep(0.7)

    def truth():
        c = lab.call('internal', '1001', '8001', disposition='answered', answer=ca.answered, accept={'calls': 5, 'direction': ['internal', 'inbound']})
        ls = [c.leg(ca, 'caller')]
        ls.append(c.leg(cb, 'conference'))
        ls.append(c.leg(co, 'conference', number='01671000006', name='Kaspar Konferenz'))
        ls.append(c.leg(cd, 'conference'))
        ls.append(c.leg(c2, 'conference'))
        for l in ls:
            c.stay('conference', '8001', l, l.src.answered, l.src.ended)
    return truth


@scenario('conference-originated', 'a program calls the participants into a conference; one declines')
async def conference_originated(lab):
    """Originate for 1001, 1002 and 1003 to 8007: 1001 and 1002 answer, 1003 declines. 1002 leaves, 1001 leaves."""
    a, b, d = await lab.phones(1001, 1002, 1003)
    await lab.record()
    for n in ('1001', '1002', '1003'):
        await lab.ctl.action('Originate', Channel='PJSIP/' + n, Context='internal', Exten='8007', Priority='1', CallerID='"Conference" <8007>', Timeout='15000', Async='true')
    ca, cb, cd = await a.wait_call(), await b.wait_call(), await d.wait_call()
    await sleep(0.7)
    await ca.answer()
    await sleep(0.8)
    await cb.answer()
    await sleep(0.5)
    await cd.reject(603)
    await sleep(1.2)
    await cb.hangup()
    await sleep(0.6)
    await ca.hangup()

    def truth():
        c = lab.call('internal', '1001', '8007', disposition='answered', answer=ca.answered, accept={'calls': 2, 'caller': ['1002'], 'tolerance_ms': 900})
        l1 = c.leg(ca, 'caller', originated=True)
        l2 = c.leg(cb, 'conference')
        for l in (l1, l2):
            c.stay('conference', '8007', l, l.src.answered, l.src.ended)
        c = lab.call('internal', '1003', '8007', disposition='rejected', accept={'disposition': ['rejected', 'busy', 'failed', 'no_answer', 'abandoned'], 'dialled': ['1003', None], 'caller': ['8007']})
        c.leg(cd, 'caller', result='rejected', originated=True)
    return truth


async def spied_on(lab, code, number, name):
    """Outside caller with 1002; 1001 dials the supervisor code for 1002 in mid call and hangs up before the others do."""
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    co, cb = await inbound(lab, '49305551002', number, name, b)
    s = await a.call(code + '1002')
    await s.wait_answer()
    await sleep(1.6)
    await s.hangup()
    await sleep(0.8)
    await co.hangup()
    await cb.wait_end()

    def truth():
        c = lab.call('inbound', (number, name), '1002', did='49305551002', accept={'monitor_calls_apart': True})
        c.leg(co, 'caller', number=number, name=name)
        c.leg(cb, 'called')
        c.leg(s, 'monitor')
    return truth


@scenario('listen-in', 'a supervisor listens to a call')
async def listen_in(lab):
    """Outside caller with 1002; 1001 listens (*55 1002) and hangs up; the outside caller hangs up later."""
    return await spied_on(lab, '*55', '01671000007', 'Lara Lausch')


@scenario('whisper-in', 'a supervisor whispers to an agent')
async def whisper_in(lab):
    """Outside caller with 1002; 1001 whispers (*56 1002) and hangs up; the outside caller hangs up later."""
    return await spied_on(lab, '*56', '01671000009', 'Wilma Wisper')


@scenario('action-park', 'a program parks a call, another phone retrieves it')
async def action_park(lab):
    """Outside caller with 1001; the action Park puts the caller into a slot, to come back to 1001; 1003 retrieves it; the caller hangs up."""
    a, d = await lab.phones(1001, 1003)
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01671000008', 'Prisca Park', a)
    t = __import__('time').time()
    await lab.ctl.action('Park', Channel=channel(lab, co), TimeoutChannel=channel(lab, ca), Timeout='20000')
    await sleep(2.2)
    if not ca.ended:
        await ca.hangup()
    cd = await d.call('701')
    await cd.wait_answer()
    await sleep(1.6)
    await co.hangup()
    await cd.wait_end()

    def truth():
        c = lab.call('inbound', ('01671000008', 'Prisca Park'), '1001', did='49305551001')
        l1 = c.leg(co, 'caller', number='01671000008', name='Prisca Park')
        l2 = c.leg(ca, 'called')
        l3 = c.leg(cd, 'pickup')
        c.transfer('park', l2, None, t, slot='701')
        c.diversion('park_retrieve', None, l3, cd.answered, '701')
        c.stay('park', '701', l1, t, cd.answered)
    return truth
