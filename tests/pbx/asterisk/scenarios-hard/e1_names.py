"""Names and numbers that no program likes."""
from asyncio import sleep

from a0_common import inbound, reach, taken
from lab import scenario

LONG = 'Herzogin ' + 'von und zu ' * 30 + 'Ende'
NAMES = [
    ('01691000001', 'Event: Hangup'),
    ('01691000002', '"Zitat" \\ und \\" noch eins'),
    ('01691000003', 'Zeile eins\\r\\nEvent: Hangup\\r\\nUniqueid: 1'),
    ('01691000004', '\U0001f600 \u0417\u0432\u043e\u043d\u043e\u043a \u7535\u8bdd \u202e\u0645\u0631\u062d\u0628\u0627'),
    ('01691000005', LONG),
    ('01691000006', ''),
    ('01691000007', '<unknown>'),
    ('01691000008', 'M\udcfcller \udcdf\udcff'),
    ('01691000009', 'a;b=c&d|e,f:g<h>i@j'),
    ('01691000010', '--END COMMAND--'),
]


async def short_calls(lab, phone, callers):
    """One short answered call after the other to 1001's DID; returns [(number, name, outside, phone's call)]."""
    got = []
    for number, name in callers:
        co, ca = await inbound(lab, '49305551001', number, name, phone, after=0.4)
        await co.hangup()
        await ca.wait_end()
        await sleep(0.3)
        got.append((number, name, co, ca))
    return got


def state(lab, got):
    for number, name, co, ca in got:
        shown = name.encode('utf-8', 'replace').decode() or None
        c = lab.call('inbound', (number, shown), '1001', did='49305551001',
                     accept={'caller': ['', None, '<unknown>']} if number in ('anonymous', 'restricted') else {})
        if not c.more['accept']:
            del c.more['accept']
        c.leg(co, 'caller', number=number, name=shown)
        c.leg(ca, 'called')


@scenario('odd-names', 'caller names that look like protocol, quote, break lines, or are no UTF-8')
async def odd_names(lab):
    """Five outside callers with odd names, one after the other, each answered by 1001 for a moment."""
    a = await lab.phones(1001)
    await lab.record()
    got = await short_calls(lab, a, NAMES[:5])
    return lambda: state(lab, got)


@scenario('odd-names-more', 'more names: empty, <unknown>, Latin-1 bytes, separators, an end marker')
async def odd_names_more(lab):
    """Five more outside callers with odd names, each answered by 1001 for a moment."""
    a = await lab.phones(1001)
    await lab.record()
    got = await short_calls(lab, a, NAMES[5:])
    return lambda: state(lab, got)


@scenario('odd-numbers', 'caller numbers with plus, letters, dots, anonymous, very long')
async def odd_numbers(lab):
    """Outside callers whose number is +49…, anonymous, text, with dots and dashes, and one of 40 digits; each answered by 1001 for a moment."""
    a = await lab.phones(1001)
    await lab.record()
    got = await short_calls(lab, a, [('+491711234567', 'Plus Nummer'), ('anonymous', 'Anonymous'), ('jane.doe', 'Jane Doe'),
                                     ('0170-123.45', 'Striche und Punkte'), ('1234567890' * 4, 'Lange Nummer')])
    return lambda: state(lab, got)


@scenario('odd-outbound-numbers', 'dialled numbers with plus, star and letters')
async def odd_outbound(lab):
    """1001 dials outside numbers in odd spellings: very long, with a star in it; the second is refused; and an internal number that is text."""
    out = await lab.outside()
    a = await lab.phones(1001)
    await lab.record()
    c1 = await a.call('00' + '4922' * 6)
    e1 = await taken(out)
    await c1.wait_answer()
    await sleep(0.8)
    await c1.hangup()
    await e1.wait_end()
    await sleep(0.3)
    c2 = await a.call('00*21*123')
    e2 = await out.wait_call()
    await sleep(0.7)
    await e2.reject(486)
    await c2.wait_end()
    await sleep(0.3)
    c3 = await a.call('empfang')
    await c3.wait_end()

    def truth():
        c = lab.call('outbound', '1001', '00' + '4922' * 6)
        c.leg(c1, 'caller')
        c.leg(e1, 'called', number='0' + '4922' * 6)
        c = lab.call('outbound', '1001', '00*21*123', disposition='busy')
        c.leg(c2, 'caller')
        c.leg(e2, 'called', number='0*21*123')
        lab.ignored_channels = {e['uniqueid'] for e in lab.cel if e['type'] == 'CHAN_START' and e['exten'] == 'empfang'}
    return truth


@scenario('odd-members', 'queue members and pause reasons with names that look like protocol')
async def odd_members(lab):
    """sales has members called 'Event: Hangup' (1004), '2005|x;y' (1006) and the agent 2005 (1005), paused and unpaused with odd reasons; 1004 declines, 1005 answers; the caller hangs up."""
    a, b, d = await lab.phones(1004, 1005, 1006)
    await lab.queue_add('sales', 'PJSIP/1004', name='Event: Hangup')
    await lab.queue_add('sales', 'PJSIP/1006', name='2005 x;y "z"')
    await lab.record(snapshot=True)
    await lab.queue_add('sales', 'PJSIP/1005', agent='2005')
    await lab.queue_pause('PJSIP/1005', True, reason='Response: Error')
    await sleep(0.2)
    await lab.queue_pause('PJSIP/1005', False, reason='"done": \U0001f44d')
    await sleep(0.2)
    co = await inbound(lab, '4930555600', '01691000020', 'Agent/2005')
    ca, cb, cd = await a.wait_call(), await b.wait_call(), await d.wait_call()
    await sleep(0.6)
    await ca.reject(603)
    await sleep(0.5)
    await cb.answer()
    await co.wait_answer()
    await cd.wait_end()
    await sleep(1.2)
    await co.hangup()
    await cb.wait_end()

    def truth():
        c = lab.call('inbound', ('01691000020', 'Agent/2005'), '4930555600', did='4930555600')
        c.leg(co, 'caller', number='01691000020', name='Agent/2005')
        c.leg(ca, 'queue_member')
        c.leg(cb, 'queue_member')
        c.leg(cd, 'queue_member')
    return truth
