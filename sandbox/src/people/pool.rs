//! What people are made of. Each name stands beside the form that it takes in an e-mail address.

use super::phones::Country;
use super::{Address, Birthday, Name};
use fastrand::Rng;

const GIVEN: &[(&str, &str)] = &[
    ("Ada", "ada"),
    ("Aïcha", "aicha"),
    ("Anne-Sophie", "anne-sophie"),
    ("Ben", "ben"),
    ("Björn", "bjoern"),
    ("Chloé", "chloe"),
    ("Daniel", "daniel"),
    ("Dmitri", "dmitri"),
    ("Eleanor", "eleanor"),
    ("Fatima", "fatima"),
    ("Grace", "grace"),
    ("Hiroshi", "hiroshi"),
    ("Inés", "ines"),
    ("Jan Willem", "janwillem"),
    ("Jürgen", "juergen"),
    ("Kofi", "kofi"),
    ("Léa", "lea"),
    ("Lars", "lars"),
    ("Mary Ann", "maryann"),
    ("Mehmet", "mehmet"),
    ("Ngoc", "ngoc"),
    ("Noor", "noor"),
    ("Olga", "olga"),
    ("Paweł", "pawel"),
    ("Priya", "priya"),
    ("Robert", "robert"),
    ("Siobhán", "siobhan"),
    ("Søren", "soeren"),
    ("Tom", "tom"),
    ("Wei", "wei"),
    ("Yara", "yara"),
    ("Zoë", "zoe"),
];

const FAMILY: &[(&str, &str)] = &[
    ("Almeida Costa", "almeidacosta"),
    ("Andersson", "andersson"),
    ("Bakker", "bakker"),
    ("Brown", "brown"),
    ("Çelik", "celik"),
    ("D'Angelo", "dangelo"),
    ("da Silva", "dasilva"),
    ("De Smet", "desmet"),
    ("Dubois", "dubois"),
    ("Fernández Ruiz", "fernandezruiz"),
    ("Garcia", "garcia"),
    ("Hansen", "hansen"),
    ("Ivanova", "ivanova"),
    ("Janssens", "janssens"),
    ("Kowalski", "kowalski"),
    ("Le Goff", "legoff"),
    ("MacDonald", "macdonald"),
    ("Mensah", "mensah"),
    ("Nguyen", "nguyen"),
    ("Novák", "novak"),
    ("O'Brien", "obrien"),
    ("Okafor", "okafor"),
    ("Park", "park"),
    ("Patel", "patel"),
    ("Rossi", "rossi"),
    ("Schäfer", "schaefer"),
    ("Smith-Jones", "smith-jones"),
    ("St. John", "stjohn"),
    ("Tanaka", "tanaka"),
    ("van den Berg", "vandenberg"),
    ("von Arnim", "vonarnim"),
    ("Weiß", "weiss"),
    ("Zhang", "zhang"),
];

const MIDDLE: &[&str] = &["A.", "J.", "Marie", "Lee", "van", "Ana Luz"];

/// Honorifics.
pub(super) const PREFIXES: &[&str] = &["Dr.", "Prof.", "Mr.", "Ms.", "Ir.", "Prof. Dr."];

/// Suffixes.
pub(super) const SUFFIXES: &[&str] = &["Jr.", "Sr.", "III", "PhD", "MD", "Esq."];

/// Job titles.
pub(super) const TITLES: &[&str] = &[
    "Account Executive",
    "Buyer",
    "CEO",
    "Chief of Staff",
    "Directrice générale",
    "Engineer II",
    "Head of Sales, EMEA",
    "Leiter Einkauf",
    "Marketing Manager",
    "Office Manager",
    "VP R&D",
];

/// Notes.
pub(super) const NOTES: &[&str] = &[
    "Prefers a call before noon.",
    "Met at the trade fair.\nWants the brochure in French.",
    "Rechnung an die Zentrale!",
    "VIP ⭐ — do not mail twice",
];

const COMPANIES: &[(&str, &str)] = &[
    ("Acme Corporation", "acme.example"),
    ("Brasserie du Parc", "duparc.example"),
    ("Contoso & Daughters, Ltd.", "contoso.example"),
    ("Größenwahn GmbH", "groessenwahn.example"),
    ("Initech", "initech.example"),
    ("Nordlys A/S", "nordlys.example"),
    ("株式会社さくら", "sakura.example"),
    ("Smith \"Smithy\" Co", "smithy.example"),
    ("Van Damme bv", "vandamme.example"),
    ("Zürich Optik", "zoptik.example"),
];

/// A town and what is usual there.
pub(super) struct Place {
    pub(super) country: Country,
    city: &'static str,
    region: &'static str,
    postal_code: &'static str,
    street: &'static str,
    name: &'static str,
}

const PLACES: &[Place] = &[
    place(Country::Usa, ["Springfield", "IL", "62701", "Main Street", "United States"]),
    place(Country::Britain, ["London", "", "SW1A 1AA", "High Street", "United Kingdom"]),
    place(Country::France, ["Lyon", "", "69002", "rue de la République", "France"]),
    place(Country::Germany, ["München", "Bayern", "80331", "Sendlinger Straße", "Germany"]),
    place(Country::Belgium, ["Gent", "", "9000", "Veldstraat", "Belgium"]),
    place(Country::Australia, ["Perth", "WA", "6000", "Hay Street", "Australia"]),
];

const fn place(country: Country, [city, region, postal_code, street, name]: [&'static str; 5]) -> Place {
    Place { country, city, region, postal_code, street, name }
}

impl Place {
    pub(super) fn address(&self, random: &mut Rng) -> Address {
        Address {
            street: format!("{} {}", self.street, random.u8(1..=199)),
            city: self.city.to_owned(),
            region: self.region.to_owned(),
            postal_code: self.postal_code.to_owned(),
            country: self.name.to_owned(),
        }
    }
}

/// One of them. Empty gives nothing rather than a panic.
pub(super) fn pick<T: Copy + Default>(random: &mut Rng, from: &[T]) -> T {
    random.choice(from).copied().unwrap_or_default()
}

/// A name, and its form in an e-mail address.
pub(super) fn name(random: &mut Rng) -> (Name, String) {
    let (given, given_local) = pick(random, GIVEN);
    let (family, family_local) = pick(random, FAMILY);
    let middle = if random.u8(..) < 25 { pick(random, MIDDLE) } else { "" };
    let name = Name {
        given: given.to_owned(),
        middle: middle.to_owned(),
        family: family.to_owned(),
        ..Name::default()
    };
    (name, format!("{given_local}.{family_local}"))
}

/// A company and its domain.
pub(super) fn company(random: &mut Rng) -> (&'static str, &'static str) {
    pick(random, COMPANIES)
}

/// A town.
pub(super) fn place_of(random: &mut Rng) -> &'static Place {
    const NOWHERE: Place = place(Country::Usa, [""; 5]);
    random.choice(PLACES).unwrap_or(&NOWHERE)
}

/// A birthday; of every third the year is not known.
pub(super) fn birthday(random: &mut Rng) -> Birthday {
    let year = (random.u8(0..3) > 0).then(|| random.u16(1940..2005));
    Birthday { year, month: random.u8(1..=12), day: random.u8(1..=28) }
}
