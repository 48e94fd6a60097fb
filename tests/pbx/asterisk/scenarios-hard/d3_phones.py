"""What telephones do: second calls, forwarding in chains, redirects, twins that race, devices that refuse."""
from asyncio import gather, sleep

from a0_common import inbound, reach, taken
from lab import scenario, when


@scenario('second-call-swapped', 'a second call is taken, both are swapped several times')
async def second_call_swapped(lab):
    """Outside caller with 1001; 1002 calls 1001, who holds the first and answers; then swaps back and forth; the second ends first, the first is retrieved and ends."""
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01681000001', 'Wanja Warten', a)
    cb = await b.call('1001')
    c2 = await a.wait_call()
    await sleep(0.8)
    await ca.hold()
    await sleep(0.2)
    await c2.answer()
    await cb.wait_answer()
    await sleep(0.9)
    await c2.hold()
    await sleep(0.15)
    await ca.unhold()
    await sleep(0.9)
    await ca.hold()
    await sleep(0.15)
    await c2.unhold()
    await sleep(0.9)
    await cb.hangup()
    await c2.wait_end()
    await sleep(0.3)
    await ca.unhold()
    await sleep(0.8)
    await ca.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01681000001', 'Wanja Warten'), '1001', did='49305551001')
        c.leg(co, 'caller', number='01681000001', name='Wanja Warten')
        c.leg(ca, 'called')
        c = lab.call('internal', '1002', '1001')
        c.leg(cb, 'caller')
        c.leg(c2, 'called')
    return truth


@scenario('phone-conference', 'the phone itself mixes two calls')
async def phone_conference(lab):
    """Outside caller with 1001, who holds, calls 1002, and lets its phone mix both (the PBX only sees the hold end); 1001 then leaves by hanging up both."""
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    co, ca = await inbound(lab, '49305551001', '01681000002', 'Misha Misch', a)
    await ca.hold()
    await sleep(0.2)
    cc, cb = await reach(a, '1002', b)
    await ca.unhold()
    await sleep(1.6)
    await ca.hangup()
    await cc.hangup()
    await co.wait_end()
    await cb.wait_end()

    def truth():
        c = lab.call('inbound', ('01681000002', 'Misha Misch'), '1001', did='49305551001')
        c.leg(co, 'caller', number='01681000002', name='Misha Misch')
        c.leg(ca, 'called')
        c = lab.call('internal', '1001', '1002', accept={'part_of': 'A'}, note='nothing in Asterisk ties the two but the phone itself')
        c.leg(cc, 'caller')
        c.leg(cb, 'called')
    return truth


@scenario('forward-to-queue', 'an extension forwarded to a queue')
async def forward_to_queue(lab):
    """1003 has all calls forwarded to 6001. Outside caller dials 1003's DID; agent 2005 at 1005 rings and answers; the caller hangs up."""
    b = await lab.phones(1005)
    await lab.db('CFU', '1003', '6001')
    await lab.queue_add('sales', 'PJSIP/1005', agent='2005')
    await lab.record()
    co = await inbound(lab, '49305551003', '01681000003', 'Willi Weiter')
    cb = await taken(b)
    await co.wait_answer()
    await sleep(1.5)
    await co.hangup()
    await cb.wait_end()

    def truth():
        c = lab.call('inbound', ('01681000003', 'Willi Weiter'), '1003', did='49305551003')
        c.leg(co, 'caller', number='01681000003', name='Willi Weiter')
        l2 = c.leg(cb, 'queue_member')
        c.diversion('forward_all', '1003', l2, cb.start, '6001')
    return truth


@scenario('forward-chain', 'two forwardings in a row, the last one to an outside number')
async def forward_chain(lab):
    """1003 forwards to 1004, 1004 forwards to an outside mobile. 1001 calls 1003: the mobile rings and answers; 1001 hangs up."""
    out = await lab.outside()
    a = await lab.phones(1001)
    await lab.db('CFU', '1003', '1004')
    await lab.db('CFU', '1004', '001715550004')
    await lab.record()
    ca = await a.call('1003')
    ce = await taken(out)
    await ca.wait_answer()
    await sleep(1.4)
    await ca.hangup()
    await ce.wait_end()

    def truth():
        c = lab.call('internal', '1001', '1003', accept={'direction': ['outbound', 'internal']})
        c.leg(ca, 'caller')
        l2 = c.leg(ce, 'forward_target', number='01715550004')
        c.diversion('forward_all', '1003', '1004', ca.start, '1004')
        c.diversion('forward_all', '1004', l2, ce.start, '001715550004')
    return truth


@scenario('forward-to-busy', 'forwarded to a phone that is busy')
async def forward_to_busy(lab):
    """1003 forwards to 1004, whose phone says busy. Outside caller dials 1003's DID and is refused."""
    b = await lab.phones(1004)
    b.auto = 486
    await lab.db('CFU', '1003', '1004')
    await lab.record()
    co = await inbound(lab, '49305551003', '01681000004', 'Wolf Weiter')
    cb = await b.wait_call()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01681000004', 'Wolf Weiter'), '1003', did='49305551003', disposition='busy')
        c.leg(co, 'caller', number='01681000004', name='Wolf Weiter')
        l2 = c.leg(cb, 'forward_target')
        c.diversion('forward_all', '1003', l2, cb.start, '1004')
    return truth


@scenario('forward-to-group', 'an extension forwarded to a ring group of Local channels; a transfer follows')
async def forward_to_group(lab):
    """1003 forwards to 6101. 1001 calls 1003: 1004, 1005 and 1006 ring, 1005 answers and transfers 1001 blind to 1002, who answers; 1001 hangs up."""
    o, z, a, b, d = await lab.phones(1001, 1002, 1004, 1005, 1006)
    await lab.db('CFU', '1003', '6101')
    await lab.record()
    co = await o.call('1003')
    ca, cb, cd = await a.wait_call(), await b.wait_call(), await d.wait_call()
    await sleep(0.8)
    await cb.answer()
    await co.wait_answer()
    await sleep(1.3)
    await cb.blind_transfer('1002')
    cz = await taken(z)
    await sleep(1.2)
    await co.hangup()
    await cz.wait_end()

    def truth():
        c = lab.call('internal', '1001', '1003')
        c.leg(co, 'caller')
        c.leg(ca, 'forward_target', result='answered_elsewhere')
        l3 = c.leg(cb, 'forward_target')
        c.leg(cd, 'forward_target', result='answered_elsewhere')
        l5 = c.leg(cz, 'transfer_target')
        c.diversion('forward_all', '1003', l3, cb.start, '6101')
        c.transfer('blind', l3, l5, when(cb, 'refer'))
    return truth


@scenario('deflect-to-outside', 'the phone redirects (302) to an outside number')
async def deflect_outside(lab):
    """1001 calls 1002; 1002 rings, then answers 302 to an outside mobile, which answers and hangs up."""
    out = await lab.outside()
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    ca = await a.call('1002')
    cb = await b.wait_call()
    await sleep(0.9)
    await cb.redirect('001715550005')
    ce = await taken(out)
    await ca.wait_answer()
    await sleep(1.3)
    await ce.hangup()
    await ca.wait_end()

    def truth():
        c = lab.call('internal', '1001', '1002', accept={'direction': ['internal', 'outbound']})
        c.leg(ca, 'caller')
        l2 = c.leg(cb, 'called', result='diverted')
        l3 = c.leg(ce, 'forward_target', number='01715550005')
        c.diversion('deflection', l2, l3, cb.ended, '001715550005')
    return truth


@scenario('deflect-in-group', 'one phone of a ring group redirects, another one answers')
async def deflect_in_group(lab):
    """Outside caller to 6100; 1004 answers 302 to 1002, which rings too; 1006 answers; the others stop; the caller hangs up."""
    z, a, b, d = await lab.phones(1002, 1004, 1005, 1006)
    await lab.record()
    co = await inbound(lab, '4930555610', '01681000005', 'Rike Redirect')
    ca, cb, cd = await a.wait_call(), await b.wait_call(), await d.wait_call()
    await sleep(0.7)
    await ca.redirect('1002')
    cz = await z.wait_call()
    await sleep(0.9)
    await cd.answer()
    await co.wait_answer()
    await cz.wait_end()
    await sleep(1.3)
    await co.hangup()
    await cd.wait_end()

    def truth():
        c = lab.call('inbound', ('01681000005', 'Rike Redirect'), '6100', did='4930555610')
        c.leg(co, 'caller', number='01681000005', name='Rike Redirect')
        l2 = c.leg(ca, 'called', result='diverted')
        c.leg(cb, 'called', result='answered_elsewhere')
        c.leg(cd, 'called')
        l5 = c.leg(cz, 'forward_target', result='answered_elsewhere')
        c.diversion('deflection', l2, l5, ca.ended, '1002')
    return truth


@scenario('follow-me-accepted', 'FollowMe: the outside mobile has to accept with 1', since=18)
async def follow_me_accepted(lab):
    """Outside caller dials the FollowMe number of 1009: desk and mobile ring; the mobile answers, hears the prompt, presses 1 and is connected; the caller hangs up."""
    out = await lab.outside()
    a = await lab.phones(1009)
    await lab.record()
    co = await inbound(lab, '4930555629', '01681000006', 'Fiona Folge')
    ca = await a.wait_call()
    ce = await out.wait_call()
    await sleep(1)
    await ce.answer()
    await sleep(1.8)
    await ce.dtmf('1')
    accepted = when(ce, 'dtmf')
    await sleep(2.5)
    await co.hangup()
    await ce.wait_end()

    def truth():
        c = lab.call('inbound', ('01681000006', 'Fiona Folge'), '6209', did='4930555629', answer=ce.answered, accept={'disposition': ['answered'], 'tolerance_ms': 3000},
                     note='the mobile was answered at one moment and accepted the call at a later one: both are good')
        c.leg(co, 'caller', number='01681000006', name='Fiona Folge')
        c.leg(ca, 'called', result='answered_elsewhere')
        c.leg(ce, 'called', number='01715550009')
    return truth


@scenario('follow-me-declined', 'FollowMe: the mobile answers but does not accept; then the desk answers', since=18)
async def follow_me_declined(lab):
    """Outside caller dials the FollowMe number of 1001: the desk does not answer; desk and mobile ring; the mobile declines (603), the desk answers and hangs up."""
    a, m = await lab.phones(1001, 1011)
    await lab.record()
    co = await inbound(lab, '4930555621', '01681000007', 'Fritzi Folge')
    c1 = await a.wait_call()
    c2, cm = await a.wait_call(12), await m.wait_call(12)
    await sleep(0.8)
    await cm.reject(603)
    await sleep(0.9)
    await c2.answer()
    await sleep(1.8)
    await c2.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01681000007', 'Fritzi Folge'), '6201', did='4930555621')
        c.leg(co, 'caller', number='01681000007', name='Fritzi Folge')
        c.leg(c1, 'called', result='no_answer')
        c.leg(c2, 'called')
        c.leg(cm, 'called', result='rejected')
    return truth


@scenario('twin-race', 'desk and mobile answer in the same instant')
async def twin_race(lab):
    """Outside caller to 6301 (desk 1001 and mobile 1011): both answer at once; one gets the caller; the caller hangs up."""
    a, m = await lab.phones(1001, 1011)
    await lab.record()
    co = await inbound(lab, '4930555631', '01681000008', 'Ria Rennen')
    ca, cm = await a.wait_call(), await m.wait_call()
    await sleep(1)
    await gather(ca.answer(), cm.answer())
    await co.wait_answer()
    await sleep(1.5)
    won, lost = (ca, cm) if cm.ended else (cm, ca)
    await co.hangup()
    await won.wait_end()

    def truth():
        c = lab.call('inbound', ('01681000008', 'Ria Rennen'), '6301', did='4930555631')
        c.leg(co, 'caller', number='01681000008', name='Ria Rennen')
        for x in (ca, cm):
            c.leg(x, 'called', **({} if x is won else dict(result='answered_elsewhere', answer=None, unchecked=True)))
    return truth


@scenario('contacts-one-refuses', 'several devices of one extension: one refuses, one answers and holds')
async def contacts_one_refuses(lab):
    """1008 has three devices. Outside caller: the first is busy, the second declines, the third answers, holds, retrieves and hangs up."""
    d1 = await lab.phone('1008')
    d2 = await lab.phone('1008', key='1008-soft')
    d3 = await lab.phone('1008', key='1008-cell')
    d1.auto = 486
    await lab.record(snapshot=True)
    co = await inbound(lab, '49305551008', '01681000009', 'Vera Viele')
    c1, c2, c3 = await d1.wait_call(), await d2.wait_call(), await d3.wait_call()
    await sleep(0.7)
    await c2.reject(603)
    await sleep(0.7)
    await c3.answer()
    await co.wait_answer()
    await sleep(0.9)
    await c3.hold()
    await sleep(0.9)
    await c3.unhold()
    await sleep(0.6)
    await c3.hangup()
    await co.wait_end()

    def truth():
        c = lab.call('inbound', ('01681000009', 'Vera Viele'), '1008', did='49305551008')
        c.leg(co, 'caller', number='01681000009', name='Vera Viele')
        c.leg(c1, 'called')
        c.leg(c2, 'called')
        c.leg(c3, 'called')
    return truth


@scenario('ring-group-all-refuse', 'everybody in the ring group is busy or declines')
async def ring_group_all_refuse(lab):
    """1001 calls 6100: 1004 is busy, 1005 declines, 1006 says unavailable: the PBX ends 1001's call."""
    o, a, b, d = await lab.phones(1001, 1004, 1005, 1006)
    a.auto = 486
    await lab.record()
    co = await o.call('6100')
    ca, cb, cd = await a.wait_call(), await b.wait_call(), await d.wait_call()
    await sleep(0.6)
    await cb.reject(603)
    await sleep(0.5)
    await cd.reject(480)
    await co.wait_end(25)

    def truth():
        c = lab.call('internal', '1001', '6100', disposition='no_answer', accept={'disposition': ['no_answer', 'busy', 'rejected', 'failed']})
        c.leg(co, 'caller')
        for x in (ca, cb, cd):
            c.leg(x, 'called')
    return truth


@scenario('answered-for-an-instant', 'called parties hang up at once after answering; callers cancel at once')
async def instant(lab):
    """1001 calls 1002, who answers and hangs up within a few hundredths; 1001 calls 1002 and cancels as soon as it rings; outside caller to 1001, both hang up at the same time."""
    a, b = await lab.phones(1001, 1002)
    await lab.record()
    c1 = await a.call('1002')
    d1 = await b.wait_call()
    await sleep(0.5)
    await d1.answer()
    await c1.wait_answer()
    await sleep(0.03)
    await d1.hangup()
    await c1.wait_end()
    await sleep(0.5)
    c2 = await a.call('1002')
    d2 = await b.wait_call()
    await c2.wait_ringing()
    await c2.hangup()
    await d2.wait_end()
    await sleep(0.5)
    co, ca = await inbound(lab, '49305551001', '01681000010', 'Gerd Gleich', a)
    await gather(co.hangup(), ca.hangup())

    def truth():
        c = lab.call('internal', '1001', '1002')
        c.leg(c1, 'caller')
        c.leg(d1, 'called')
        c = lab.call('internal', '1001', '1002', disposition='abandoned')
        c.leg(c2, 'caller')
        c.leg(d2, 'called', result='abandoned')
        c = lab.call('inbound', ('01681000010', 'Gerd Gleich'), '1001', did='49305551001')
        c.leg(co, 'caller', number='01681000010', name='Gerd Gleich')
        c.leg(ca, 'called')
    return truth


@scenario('call-through', 'an outside caller is put straight through to another outside number')
async def call_through(lab):
    """Outside caller dials the call-through DID; an outside mobile rings, answers and hangs up: two trunk legs, no extension at all. Then once more, not answered, the caller gives up."""
    out = await lab.outside()
    await lab.record()
    co = await inbound(lab, '4930555690', '01681000011', 'Dora Durch')
    ce = await taken(out)
    await co.wait_answer()
    await sleep(1.3)
    await ce.hangup()
    await co.wait_end()
    await sleep(0.4)
    c2 = await inbound(lab, '4930555690', '01681000012', 'Dietmar Durch')
    e2 = await out.wait_call()
    await sleep(1.2)
    await c2.hangup()
    await e2.wait_end()

    def truth():
        c = lab.call('inbound', ('01681000011', 'Dora Durch'), '4930555690', did='4930555690')
        c.leg(co, 'caller', number='01681000011', name='Dora Durch')
        c.leg(ce, 'called', number='015799990001')
        c = lab.call('inbound', ('01681000012', 'Dietmar Durch'), '4930555690', did='4930555690')
        c.leg(c2, 'caller', number='01681000012', name='Dietmar Durch')
        c.leg(e2, 'called', number='015799990001')
    return truth


@scenario('attendant-ways', 'auto attendant: an extension by key, nothing pressed, given up')
async def attendant_ways(lab):
    """First caller keys 1003 in the auto attendant: 1003 answers. Second caller presses nothing: the ring group rings, 1005 answers. Third caller hangs up in the announcement."""
    a, b = await lab.phones(1003, 1005)
    await lab.record()
    co = await inbound(lab, '4930555100', '01681000013', 'Ina Ivr')
    await co.wait_answer()
    await sleep(0.8)
    await co.dtmf('1003')
    keyed = when(co, 'dtmf') + 0.7
    ca = await taken(a)
    await sleep(1.2)
    await ca.hangup()
    await co.wait_end()
    await sleep(0.3)
    c2 = await inbound(lab, '4930555100', '01681000014', 'Ilka Ivr')
    await c2.wait_answer()
    cb = await taken(b, timeout=25)
    await sleep(1.2)
    await c2.hangup()
    await cb.wait_end()
    await sleep(0.3)
    c3 = await inbound(lab, '4930555100', '01681000015', 'Ivo Ivr')
    await c3.wait_answer()
    await sleep(1.2)
    await c3.hangup()

    def truth():
        c = lab.call('inbound', ('01681000013', 'Ina Ivr'), '4930555100', did='4930555100')
        l1 = c.leg(co, 'caller', number='01681000013', name='Ina Ivr')
        c.leg(ca, 'called')
        c.stay('ivr', 'attendant', l1, co.answered, keyed)
        c = lab.call('inbound', ('01681000014', 'Ilka Ivr'), '4930555100', did='4930555100')
        l1 = c.leg(c2, 'caller', number='01681000014', name='Ilka Ivr')
        c.leg(cb, 'called')
        c.stay('ivr', 'attendant', l1, c2.answered, cb.start)
        c = lab.call('inbound', ('01681000015', 'Ivo Ivr'), '4930555100', did='4930555100', answer=None, disposition='abandoned',
                     accept={'disposition': ['abandoned', 'no_answer', 'answered']}, ended_by='C1')
        l1 = c.leg(c3, 'caller', number='01681000015', name='Ivo Ivr')
        c.stay('ivr', 'attendant', l1, c3.answered, c3.ended)
    return truth
