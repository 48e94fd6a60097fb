//! Moments on the wire of PostgreSQL: microseconds since 2000-01-01T00:00:00Z.

use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};

use crate::telephony::Time;

/// 2000-01-01T00:00:00Z in microseconds since 1970.
const EPOCH: i64 = 946_684_800_000_000;

/// What `timestamptz` can hold: 4713 BC up to the year 294276.
const EARLIEST: i64 = -211_813_488_000_000_000;
const LATEST: i64 = 9_223_371_331_199_999_999;

/// A moment as `timestamptz`; [`Time::MIN`] is `-infinity`, and what PostgreSQL cannot hold is its nearest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct At(pub(super) Time);

impl At {
    /// To the millisecond, as records have it.
    pub(super) fn millisecond(time: Time) -> Self {
        Self(time.to_millisecond())
    }
}

impl ToSql for At {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let micros = match self.0 {
            Time::MIN => i64::MIN,
            time => time.as_micros().saturating_sub(EPOCH).clamp(EARLIEST, LATEST),
        };
        out.extend_from_slice(&micros.to_be_bytes());
        Ok(IsNull::No)
    }

    accepts!(TIMESTAMPTZ);
    to_sql_checked!();
}

impl<'a> FromSql<'a> for At {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let micros = i64::from_be_bytes(raw.try_into()?);
        Ok(Self(if micros == i64::MIN { Time::MIN } else { Time::from_micros(micros.saturating_add(EPOCH)) }))
    }

    accepts!(TIMESTAMPTZ);
}
