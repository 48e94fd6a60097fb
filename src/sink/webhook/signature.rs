//! Signatures by Standard Webhooks 1.0 (symmetric, `v1`): HMAC-SHA256 over `id.timestamp.body`.

use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The bytes that a secret may have.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Before the base64 of a secret.
const PREFIX: &str = "whsec_";

/// What requests are signed with. Never shown.
#[derive(Clone)]
pub struct SigningKey(hmac::Key);

/// Why a text is no secret. The text itself is not told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SecretError {
    /// It is not base64.
    #[error("the secret is not base64, with or without `whsec_` before it; `openssl rand -base64 32` makes one")]
    NotBase64,
    /// It is too short or too long.
    #[error("the secret has {0} bytes; it must have 24 to 64: `openssl rand -base64 32` makes one")]
    Length(usize),
}

impl SigningKey {
    /// From the base64 of 24 to 64 bytes, with or without `whsec_` before it.
    ///
    /// # Errors
    /// It is not that.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX).unwrap_or(text)).map_err(|_| SecretError::NotBase64)?;
        if !BYTES.contains(&bytes.len()) {
            return Err(SecretError::Length(bytes.len()));
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    fn sign(&self, id: &str, timestamp_s: i64, body: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(format!("{id}.{timestamp_s}.").as_bytes());
        context.update(body);
        format!("v1,{}", STANDARD.encode(context.sign()))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

/// The header `webhook-signature`: a signature with each key, in order, blanks between. `id` must hold no full stop.
pub fn signatures(keys: &[SigningKey], id: &str, timestamp_s: i64, body: &[u8]) -> String {
    keys.iter().map(|key| key.sign(id, timestamp_s, body)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector that the standard's own libraries are tested with.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = b"{\"test\": 2432232314}";
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn key(text: &str) -> SigningKey {
        SigningKey::parse(text).expect("a secret")
    }

    #[test]
    fn the_reference_vector() {
        assert_eq!(signatures(&[key(SECRET)], ID, 1_614_265_330, BODY), SIGNATURE);
        let bare = SECRET.strip_prefix(PREFIX).expect("a prefix");
        assert_eq!(signatures(&[key(bare)], ID, 1_614_265_330, BODY), SIGNATURE);
    }

    #[test]
    fn one_signature_for_each_key_in_their_order() {
        let other = format!("whsec_{}", STANDARD.encode([7; 32]));
        let both = signatures(&[key(&other), key(SECRET)], ID, 1_614_265_330, BODY);
        let parts: Vec<&str> = both.split(' ').collect();
        assert_eq!(parts.len(), 2);
        assert_eq!(parts[1], SIGNATURE);
        assert_ne!(parts[0], SIGNATURE);
    }

    #[test]
    fn everything_signed_changes_the_signature() {
        let of = |id: &str, at, body: &[u8]| signatures(&[key(SECRET)], id, at, body);
        assert_ne!(of("msg_other", 1_614_265_330, BODY), SIGNATURE);
        assert_ne!(of(ID, 1_614_265_331, BODY), SIGNATURE);
        assert_ne!(of(ID, 1_614_265_330, b"{\"test\":2432232314}"), SIGNATURE);
    }

    #[test]
    fn what_is_no_secret_is_refused_and_never_shown() {
        assert_eq!(SigningKey::parse("whsec_swordfish!").expect_err("not base64"), SecretError::NotBase64);
        assert_eq!(SigningKey::parse(&STANDARD.encode([1; 23])).expect_err("short"), SecretError::Length(23));
        assert_eq!(SigningKey::parse(&STANDARD.encode([1; 65])).expect_err("long"), SecretError::Length(65));
        assert_eq!(format!("{:?}", key(SECRET)), "SigningKey(…)");
    }
}
