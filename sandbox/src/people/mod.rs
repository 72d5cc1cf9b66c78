//! Made-up people with the names, numbers and gaps that real address books hold.
//!
//! The same seed gives the same people, byte for byte, whatever the machine. Nobody here exists: every
//! address is in a domain reserved for examples (RFC 2606), and wherever a country reserves telephone
//! numbers for fiction, those are used.
//!
//! The first people of every cast are the hard ones: a simulator that is filled with five
//! contacts still holds an O'Neill Jr., a one-word name and a name without spaces.

mod cast;
mod hard;
mod phones;
mod pool;

pub use cast::{Cast, cast};

/// A person, as somebody could have typed them into an app.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Who it is, from 1: the same number in two apps is the same person.
    pub number: usize,
    /// The name, part by part. All parts may be empty: some contacts are a company or an address alone.
    pub name: Name,
    /// E-mail addresses, the preferred first.
    pub emails: Vec<Labelled>,
    /// Telephone numbers as typed, the preferred first.
    pub phones: Vec<Labelled>,
    /// The employer.
    pub company: Option<String>,
    /// The job title.
    pub title: Option<String>,
    /// A postal address.
    pub address: Option<Address>,
    /// A web page, perhaps without its scheme.
    pub website: Option<String>,
    /// The birthday, perhaps without its year.
    pub birthday: Option<Birthday>,
    /// Free text, perhaps of several lines.
    pub notes: Option<String>,
}

/// A name, part by part; a part that is not there is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    /// `Dr.`
    pub prefix: String,
    /// `María del Carmen`
    pub given: String,
    /// `Luz`
    pub middle: String,
    /// `O'Neill`
    pub family: String,
    /// `Jr.`
    pub suffix: String,
}

impl Name {
    /// All parts, prefix to suffix, with single spaces between them.
    #[must_use]
    pub fn full(&self) -> String {
        let parts = [&self.prefix, &self.given, &self.middle, &self.family, &self.suffix];
        let parts: Vec<&str> =
            parts.iter().map(|part| part.as_str()).filter(|part| !part.is_empty()).collect();
        parts.join(" ")
    }
}

/// A value with what people call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labelled {
    /// `work`, `home`, `mobile` or any text.
    pub label: String,
    /// The value.
    pub value: String,
}

impl Labelled {
    /// A value with its label.
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into() }
    }
}

/// A postal address; a part that is not there is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// Street and number.
    pub street: String,
    /// City or town.
    pub city: String,
    /// State or region.
    pub region: String,
    /// Postal code.
    pub postal_code: String,
    /// The country's English name.
    pub country: String,
}

/// A day of birth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Birthday {
    /// The year, if it is known.
    pub year: Option<u16>,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 28, so that it exists in every month.
    pub day: u8,
}

/// So many people of this seed. A larger number keeps the first ones.
#[must_use]
pub fn people(seed: u64, count: usize) -> Vec<Person> {
    let mut hard = hard::people().into_iter();
    (1..=count).map(|number| hard.next().unwrap_or_else(|| anybody(seed, number))).collect()
}

/// One person. Depends on the seed and the number alone.
fn anybody(seed: u64, number: usize) -> Person {
    let random = &mut generator(seed, number, "person");
    let (mut name, local) = pool::name(random);
    if random.u8(..) < 12 {
        name.prefix = pool::pick(random, pool::PREFIXES).to_owned();
    }
    if random.u8(..) < 12 {
        name.suffix = pool::pick(random, pool::SUFFIXES).to_owned();
    }
    let (company, domain) = pool::company(random);
    let mut emails = vec![Labelled::new("work", format!("{local}.{number}@{domain}"))];
    if random.u8(..) < 64 {
        emails.push(Labelled::new("home", format!("{local}{number}@mail.example")));
    }
    if random.u8(..) < 5 {
        emails.clear();
    }
    let place = pool::place_of(random);
    let phones = (0..random.usize(0..=3)).map(|nth| phones::phone(random, place.country, nth)).collect();
    Person {
        number,
        name,
        emails,
        phones,
        company: (random.u8(..) < 220).then(|| company.to_owned()),
        title: (random.u8(..) < 180).then(|| pool::pick(random, pool::TITLES).to_owned()),
        address: (random.u8(..) < 90).then(|| place.address(random)),
        website: (random.u8(..) < 40).then(|| format!("www.{domain}")),
        birthday: (random.u8(..) < 50).then(|| pool::birthday(random)),
        notes: (random.u8(..) < 40).then(|| pool::pick(random, pool::NOTES).to_owned()),
    }
}

/// A random source of its own for each person and purpose: adding a draw for one changes no other.
fn generator(seed: u64, number: usize, purpose: &str) -> fastrand::Rng {
    let hash = blake3::hash(format!("{seed}/{number}/{purpose}").as_bytes());
    let mut bytes = [0_u8; 8];
    for (byte, from) in bytes.iter_mut().zip(hash.as_bytes()) {
        *byte = *from;
    }
    fastrand::Rng::with_seed(u64::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests;
