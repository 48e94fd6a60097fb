//! The tables against the reference where a slip would go unnoticed.

use super::*;

#[test]
fn trunks_are_3_to_9_28_and_33() {
    let trunks: Vec<_> = (0..=60).filter(|&number| DeviceType(number).is_trunk()).collect();
    assert_eq!(trunks, [3, 4, 5, 6, 7, 8, 9, 28, 33]);
    for device_type in DeviceType::KNOWN {
        let kinds = [device_type.is_trunk(), device_type.is_station(), device_type.is_hunt_group(), device_type.is_voice_mail()];
        assert!(kinds.into_iter().filter(|&kind| kind).count() <= 1, "{device_type}");
        assert_eq!(device_type.is_off_node(), device_type.name().is_some_and(|name| name.starts_with("off-node")), "{device_type}");
    }
    assert_eq!(DeviceType::KNOWN.len(), 41);
}

#[test]
fn causes_have_the_names_of_csta() {
    for (cause, name) in [
        (3, "busy"),
        (8, "callForwardNoAnswer"),
        (9, "callForward"),
        (10, "callNotAnswered"),
        (11, "callPickup"),
        (13, "destNotObtainable"),
        (14, "doNotDisturb"),
        (20, "networkCongestion"),
        (25, "park"),
        (26, "overflow"),
        (27, "recall"),
        (28, "redirected"),
        (29, "reorderTone"),
        (30, "resourcesNotAvailable"),
        (32, "transfer"),
        (33, "trunksBusy"),
        (36, "normalClearing"),
        (41, "conference"),
    ] {
        assert_eq!(Cause(cause).csta_name(), Some(name));
    }
    assert_eq!((Cause(44).csta_name(), Cause(45).name(), Cause::KNOWN.len()), (None, None, 44));
    assert!(Cause::KNOWN.iter().filter(|cause| cause.is_hold()).map(|cause| cause.0).eq([37, 38, 39, 42]));
}

#[test]
fn monitor_types_are_decimal() {
    assert_eq!((MonitorType::ALL_PRIVATE_TRUNKS.0, MonitorType::SYSTEM.0), (10, 11));
    assert!(MonitorType::KNOWN.iter().map(|kind| kind.0).eq(0..=13));
    assert!(ListType::KNOWN.iter().map(|list| list.0).eq(1..=22));
}

#[test]
fn an_outcome_says_what_it_means() {
    assert_eq!(Outcome(45).to_string(), "45 Invalid_Command: the PBX does not know this command");
    assert_eq!(Outcome(2).to_string(), "2: the PBX gives a reason that is not documented");
    assert_eq!((Outcome(6).name(), Outcome::KNOWN.len()), (None, 39));
    assert!(Outcome::SUCCESS.is_success() && !Outcome(1).is_success());
}

#[test]
fn feature_masks_have_the_bits_of_the_reference() {
    let mask = |feature| FeatureMask::default().with(feature, true).0;
    assert_eq!(mask(FeatureNumber::SPEAKERPHONE), 1);
    assert_eq!(mask(FeatureNumber::DO_NOT_DISTURB), 1 << 2);
    assert_eq!(mask(FeatureNumber::FORWARD_ALL), 1 << 9);
    assert_eq!(mask(FeatureNumber::ACD_TOGGLE), 1 << 18);
    assert_eq!(mask(FeatureNumber::BARGE_IN), 1 << 25);
    assert_eq!(FeatureMask(u32::MAX).with(FeatureNumber::MUTE, false).get(FeatureNumber::MUTE), Some(false));
    assert_eq!(FeatureNumber::KNOWN.len(), FeatureMask(u32::MAX).features().count());
}

#[test]
fn the_codes_of_dynamic_extension_express() {
    use feature_code::{ALL, DEE_HANDOFF, DEE_OFF, DEE_ON, DEE_TOGGLE};
    assert_eq!([DEE_OFF, DEE_ON, DEE_TOGGLE, DEE_HANDOFF], ["362", "363", "364", "388"]);
    let mut codes: Vec<_> = ALL.iter().map(|(code, _)| code).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), ALL.len());
}
