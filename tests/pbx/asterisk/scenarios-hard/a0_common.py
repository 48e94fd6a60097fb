"""What the harder scenarios share: reaching somebody in one line, and legs the lab cannot work out by itself."""
from asyncio import sleep


async def inbound(lab, did, number, name, phone=None, after=0.6):
    """An outside caller; with a phone: until that phone has answered."""
    out = await lab.outside()
    co = await out.call(did, from_number=number, from_name=name)
    if phone is None:
        return co
    ca = await phone.wait_call()
    await sleep(after)
    await ca.answer()
    await co.wait_answer()
    await sleep(0.8)
    return co, ca


async def reach(a, number, b, after=0.6, talk=0.8):
    """`a` dials, `b` answers."""
    ca = await a.call(number)
    cb = await b.wait_call()
    await sleep(after)
    await cb.answer()
    await ca.wait_answer()
    await sleep(talk)
    return ca, cb


async def consult(ca, number, b=None, after=0.6, talk=0.9):
    """The phone of `ca` holds it and calls `number`; with `b`, until that phone has answered; without, until it is under way."""
    await ca.hold()
    await sleep(0.25)
    cc = await ca.phone.call(number)
    if b is None:
        await sleep(0.3)
        return cc
    cb = await b.wait_call()
    await sleep(after)
    await cb.answer()
    await cc.wait_answer()
    await sleep(talk)
    return cc, cb


async def taken(phone, after=0.7, timeout=12):
    """The phone's next call, answered."""
    c = await phone.wait_call(timeout)
    await sleep(after)
    await c.answer()
    return c


def channel(lab, call):
    """Asterisk's name of a call's channel, as far as it is known by now."""
    return [name for _, _, name, call_id in lab.map if call_id == call.call_id][-1]


async def cut(lab):
    """The link to the PBX is lost, without a word."""
    if lab.recorders:
        await lab.recorders[-1].close(logoff=False)


async def linked(lab, **kw):
    """The link is there again: a new connection, which asks for the present state."""
    await lab.record(snapshot=True, **kw)


def gap(lab, nth=0):
    """Between which moments the link was down."""
    if len(lab.recorders) < nth + 2:
        return {}
    a, b = lab.recorders[nth], lab.recorders[nth + 1]
    return {'gap': {'from': round(a.closed, 3), 'until': round(b.connected, 3)}}


def missed(lab, *calls):
    """Calls that began and ended while nobody listened: no record can know them."""
    lab.ignored_channels = getattr(lab, 'ignored_channels', set()) | {u for s in calls for _, u, _ in lab.channels_of(s)}
