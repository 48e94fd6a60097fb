//! Devices: how they are named in messages, and which number that is.

use smol_str::{SmolStr, ToSmolStr};

use super::error::XmlError;
use super::xml::{Cursor, Node, Start, Value, Writer, words};

words! {
    /// What kind of number a device identifier is (ECMA-323, typeOfNumber).
    NumberType {
        DialingNumber = "dialingNumber",
        DeviceNumber = "deviceNumber",
        ImplicitPublic = "implicitPublic",
        ExplicitPublicUnknown = "explicitPublic:unknown",
        ExplicitPublicInternational = "explicitPublic:international",
        ExplicitPublicNational = "explicitPublic:national",
        ExplicitPublicNetworkSpecific = "explicitPublic:networkspecific",
        ExplicitPublicSubscriber = "explicitPublic:subscriber",
        ExplicitPublicAbbreviated = "explicitPublic:abbreviated",
        ImplicitPrivate = "implicitPrivate",
        ExplicitPrivateUnknown = "explicitPrivate:unknown",
        ExplicitPrivateLevel3 = "explicitPrivate:level3RegionalNumber",
        ExplicitPrivateLevel2 = "explicitPrivate:level2RegionalNumber",
        ExplicitPrivateLevel1 = "explicitPrivate:level1RegionalNumber",
        ExplicitPrivatePtnSpecific = "explicitPrivate:pTNSpecificNumber",
        ExplicitPrivateLocal = "explicitPrivate:localNumber",
        ExplicitPrivateAbbreviated = "explicitPrivate:abbreviated",
        OtherPlan = "other",
        Dynamic = "dynamic",
        DeviceId = "deviceID",
    }
}

/// A device identifier as it stands: its text, what kind of number it is, and further attributes (CSTA reference §4.1).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct DeviceId {
    /// The text: a number, a canonical form, a URI; see [`DeviceId::number`].
    pub text: SmolStr,
    /// What kind of number it is; a dialling number where nothing is said.
    pub number_type: Option<NumberType>,
    /// The other attributes (`mediaClass`, `bitRate` …), in the order in which they stand.
    pub attributes: Vec<(SmolStr, SmolStr)>,
}

/// What a device identifier says, its form taken apart (CSTA reference §4.2).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Canonical<'a> {
    /// The number: what devices are compared by.
    pub number: &'a str,
    /// The name beside it.
    pub name: Option<&'a str>,
    /// What follows semicolons: `("noa", "nk")`.
    pub parameters: Vec<(&'a str, &'a str)>,
}

impl DeviceId {
    /// Of a text, without attributes.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self { text: SmolStr::new(text), number_type: None, attributes: Vec::new() }
    }

    /// The attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The number within the text, whichever form it has; the text itself where it has none that is known.
    pub fn number(&self) -> &str {
        match form(&self.text) {
            Form::Canonical { number, .. } => number,
            Form::Uri { user, .. } => user,
            Form::Switch { extension } => extension,
            Form::Plain => &self.text,
        }
    }

    /// The number, name and parameters within the text.
    pub fn canonical(&self) -> Canonical<'_> {
        match form(&self.text) {
            Form::Canonical { number, behind } => {
                let (name, tail) = behind.split_once(';').unwrap_or((behind, ""));
                Canonical { number, name: Some(name.trim()).filter(|name| !name.is_empty()), parameters: parameters(tail) }
            }
            Form::Uri { user, tail } => Canonical { number: user, name: None, parameters: parameters(tail) },
            Form::Switch { extension } => Canonical { number: extension, ..Canonical::default() },
            Form::Plain => Canonical { number: &self.text, ..Canonical::default() },
        }
    }

    /// True if both name the same number, in whichever forms.
    pub fn same_device(&self, other: &Self) -> bool {
        self.number() == other.number()
    }
}

impl From<&str> for DeviceId {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// What follows semicolons.
fn parameters(tail: &str) -> Vec<(&str, &str)> {
    let pairs = tail.split(';').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(key, value)| (key.trim(), value.trim())).filter(|(key, _)| !key.is_empty()).collect()
}

enum Form<'a> {
    /// `N<number>name;parameter=value`.
    Canonical {
        number: &'a str,
        behind: &'a str,
    },
    /// `tel:` and `sip:`.
    Uri {
        user: &'a str,
        tail: &'a str,
    },
    /// `extension:switchName:switchAddress:instance`.
    Switch {
        extension: &'a str,
    },
    Plain,
}

fn form(text: &str) -> Form<'_> {
    if let Some((number, behind)) = text.strip_prefix("N<").and_then(|rest| rest.split_once('>')) {
        let number = number.split(['!', '&', '/', '%']).next().unwrap_or(number);
        return Form::Canonical { number, behind };
    }
    for scheme in ["tel:", "sip:", "sips:"] {
        if text.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme)) {
            let rest = &text[scheme.len()..];
            let (address, tail) = rest.split_once(';').unwrap_or((rest, ""));
            return Form::Uri { user: address.split('@').next().unwrap_or(address), tail };
        }
    }
    let mut fields = text.split(':');
    match (fields.next(), fields.count()) {
        (Some(extension), 3) if !extension.is_empty() => Form::Switch { extension },
        _ => Form::Plain,
    }
}

/// How a client names the devices that it asks about: products want different forms.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum DeviceForm {
    /// The number itself: `201`.
    #[default]
    Plain,
    /// `N<201>`.
    Canonical,
    /// The number with a kind: `<deviceObject typeOfNumber="deviceID">201</deviceObject>`.
    Typed(NumberType),
    /// Any other: `{number}` in the text stands for the number, and these are the attributes.
    Template {
        /// The text, such as `{number}:CM:192.0.2.10:0`.
        text: SmolStr,
        /// What kind of number it is said to be.
        number_type: Option<NumberType>,
        /// Further attributes, such as `mediaClass` = `notKnown`.
        attributes: Vec<(SmolStr, SmolStr)>,
    },
}

impl DeviceForm {
    /// The identifier of that number.
    pub fn device(&self, number: &str) -> DeviceId {
        match self {
            Self::Plain => DeviceId::new(number),
            Self::Canonical => DeviceId::new(format!("N<{number}>")),
            Self::Typed(kind) => DeviceId { number_type: Some(kind.clone()), ..DeviceId::new(number) },
            Self::Template { text, number_type, attributes } => DeviceId {
                text: text.replace("{number}", number).to_smolstr(),
                number_type: number_type.clone(),
                attributes: attributes.clone(),
            },
        }
    }
}

impl Value for DeviceId {
    fn read(start: &Start<'_>, xml: &mut Cursor<'_>) -> Result<Option<Self>, XmlError> {
        let mut device = attributes(start)?;
        device.text = SmolStr::new(xml.text()?);
        Ok(Some(device))
    }

    fn write(&self, name: &str, out: &mut Writer<'_>) {
        let kind = self.number_type.iter().map(|kind| ("typeOfNumber", kind.as_str()));
        out.open_with(name, kind.chain(self.attributes.iter().map(|(key, value)| (key.as_str(), value.as_str()))));
        out.text(name, &self.text);
        out.close(name);
    }
}

fn attributes(start: &Start<'_>) -> Result<DeviceId, XmlError> {
    let mut device = DeviceId { attributes: start.attributes()?, ..DeviceId::default() };
    if let Some(at) = device.attributes.iter().position(|(name, _)| name == "typeOfNumber") {
        device.number_type = Some(NumberType::from(device.attributes.remove(at).1.as_str()));
    }
    Ok(device)
}

/// A device in an event: an identifier in an element of its own, or that it is not told.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub enum Device {
    /// The device.
    Id(DeviceId),
    /// The device, as the number that was dialled: the schema's form for the last redirecting device.
    NumberDialed(DeviceId),
    /// The PBX does not know.
    #[default]
    NotKnown,
    /// Nothing to be told here.
    NotRequired,
    /// Not said.
    NotSpecified,
    /// Withheld.
    Restricted,
}

impl Device {
    /// Of a number as it is.
    pub fn of(number: impl AsRef<str>) -> Self {
        Self::Id(DeviceId::new(number))
    }

    /// The identifier, where the device is told.
    pub fn id(&self) -> Option<&DeviceId> {
        match self {
            Self::Id(id) | Self::NumberDialed(id) => Some(id),
            _ => None,
        }
    }

    /// The number, where the device is told and has one.
    pub fn number(&self) -> Option<&str> {
        self.id().map(DeviceId::number).filter(|number| !number.is_empty())
    }
}

/// An identifier stands in its own element, or, from some peers, as text without one.
impl Value for Device {
    fn read(start: &Start<'_>, xml: &mut Cursor<'_>) -> Result<Option<Self>, XmlError> {
        let mut found = None;
        xml.forget_text();
        loop {
            match xml.node()? {
                Node::Text => {}
                Node::Child(child) => {
                    let one = match child.name() {
                        "deviceIdentifier" | "deviceID" => DeviceId::read(&child, xml)?.map(Self::Id),
                        "numberDialed" => DeviceId::read(&child, xml)?.map(Self::NumberDialed),
                        name => {
                            let told = match name {
                                "notKnown" => Some(Self::NotKnown),
                                "notRequired" => Some(Self::NotRequired),
                                "notSpecified" => Some(Self::NotSpecified),
                                "restricted" => Some(Self::Restricted),
                                _ => None,
                            };
                            xml.skip()?;
                            told
                        }
                    };
                    xml.forget_text();
                    found = found.or(one);
                }
                Node::End => break,
            }
        }
        if found.is_none() && !xml.gathered().is_empty() {
            let text = SmolStr::new(xml.gathered());
            found = Some(Self::Id(DeviceId { text, ..attributes(start)? }));
        }
        Ok(found)
    }

    fn write(&self, name: &str, out: &mut Writer<'_>) {
        out.open(name);
        match self {
            Self::Id(id) => id.write("deviceIdentifier", out),
            Self::NumberDialed(id) => id.write("numberDialed", out),
            Self::NotKnown => out.leaf("notKnown", ""),
            Self::NotRequired => out.leaf("notRequired", ""),
            Self::NotSpecified => out.leaf("notSpecified", ""),
            Self::Restricted => out.leaf("restricted", ""),
        }
        out.close(name);
    }
}

/// One device's part in a call: (call, device) is its key. Either may be missing, and both may change by transfer or conference.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct ConnectionId {
    /// The call, as the PBX names it; empty where it is missing.
    pub call: SmolStr,
    /// The device; its identifier may hold for this call only (`dynamic`).
    pub device: Option<DeviceId>,
}

impl ConnectionId {
    /// Of a call and a device's number.
    pub fn new(call: impl AsRef<str>, device: impl Into<DeviceId>) -> Self {
        Self { call: SmolStr::new(call), device: Some(device.into()) }
    }

    /// The number of its device, in whichever form it stands.
    pub fn number(&self) -> Option<&str> {
        self.device.as_ref().map(DeviceId::number).filter(|number| !number.is_empty())
    }
}

impl Value for ConnectionId {
    fn read(_start: &Start<'_>, xml: &mut Cursor<'_>) -> Result<Option<Self>, XmlError> {
        let mut connection = Self::default();
        while let Some(child) = xml.child()? {
            match child.name() {
                "callID" => connection.call = SmolStr::new(xml.text()?),
                "deviceID" => connection.device = DeviceId::read(&child, xml)?,
                _ => xml.skip()?,
            }
        }
        Ok(Some(connection))
    }

    fn write(&self, name: &str, out: &mut Writer<'_>) {
        out.open(name);
        let call = |out: &mut Writer<'_>| {
            if !self.call.is_empty() {
                out.leaf("callID", &self.call);
            }
        };
        let device_first = out.style().device_before_call;
        if !device_first {
            call(out);
        }
        if let Some(device) = &self.device {
            device.write("deviceID", out);
        }
        if device_first {
            call(out);
        }
        out.close(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> String {
        DeviceId::new(text).number().to_owned()
    }

    #[test]
    fn the_number_in_every_form() {
        assert_eq!(number("201"), "201");
        assert_eq!(number("N<15550100>;noa=nk"), "15550100");
        assert_eq!(number("N<+15550100!5&2/201%77>Doe, Jane"), "+15550100");
        assert_eq!(number("201:CM:192.0.2.10:0"), "201");
        assert_eq!(number("201::192.0.2.10:0"), "201");
        assert_eq!(number("tel:+15550100;phone-context=x"), "+15550100");
        assert_eq!(number("sip:201@pbx.example.com"), "201");
        assert_eq!(number("N<201"), "N<201");
        assert_eq!(number(""), "");
    }

    #[test]
    fn name_and_parameters() {
        let device = DeviceId::new("N<5550100>Line71;displayNumber=5550101;uid=FF00;noa");
        let canonical = device.canonical();
        assert_eq!((canonical.number, canonical.name), ("5550100", Some("Line71")));
        assert_eq!(canonical.parameters, [("displayNumber", "5550101"), ("uid", "FF00"), ("noa", "")]);
        assert_eq!(DeviceId::new("N<5550100>;noa=nk").canonical().name, None);
    }

    #[test]
    fn forms_that_clients_write() {
        let template = DeviceForm::Template {
            text: "{number}:CM:192.0.2.10:0".into(),
            number_type: Some(NumberType::OtherPlan),
            attributes: vec![("mediaClass".into(), "notKnown".into())],
        };
        assert_eq!(DeviceForm::Canonical.device("201").text, "N<201>");
        assert_eq!(template.device("201").text, "201:CM:192.0.2.10:0");
        assert!(template.device("201").same_device(&DeviceForm::Plain.device("201")));
        assert_eq!(DeviceForm::Typed(NumberType::DeviceId).device("201").number_type, Some("deviceID".into()));
    }
}
