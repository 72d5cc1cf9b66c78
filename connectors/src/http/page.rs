//! Small listings that are read whole (labels, attributes), page by page.
//!
//! Contacts are not read this way: they stream through
//! [`Connector::changes`](crate::contract::Connector::changes), a page at a time.

use super::error::HttpError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::future::Future;

/// The most pages of one small listing.
pub const MAX_PAGES: usize = 1_000;

/// One page of a small listing.
#[derive(Clone, Debug)]
pub struct Paged<T> {
    /// What it holds.
    pub items: Vec<T>,
    /// The token of the page after it; `None` or empty at the end.
    pub next: Option<String>,
}

/// Reads a listing whole: `fetch` gives the page for a token, `None` for the first.
///
/// # Errors
/// What `fetch` fails with, and [`HttpError::Protocol`] when the vendor hands out a token twice or more than
/// [`MAX_PAGES`] pages: such a listing would never end.
pub async fn collect_pages<T, F, Fut>(mut fetch: F) -> Result<Vec<T>, HttpError>
where
    F: FnMut(Option<String>) -> Fut,
    Fut: Future<Output = Result<Paged<T>, HttpError>>,
{
    let mut items = Vec::new();
    let mut known = BTreeSet::new();
    let mut token = None;
    for _ in 0..MAX_PAGES {
        let page = fetch(token.take()).await?;
        items.extend(page.items);
        match page.next.filter(|next| !next.is_empty()) {
            None => return Ok(items),
            Some(next) if known.insert(next.clone()) => token = Some(next),
            Some(_) => return Err(HttpError::protocol("a listing hands out the same page token twice")),
        }
    }
    Err(HttpError::protocol(format!("a listing of more than {MAX_PAGES} pages")))
}

/// The way through a listing that streams, as its page token carries it: small, and enough to notice that the
/// vendor leads in a circle.
///
/// One token is remembered, another one each time the number of pages has doubled (Brent's method): a circle
/// of any size is noticed before it was gone through three times.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trail {
    pages: u32,
    remembered: String,
}

impl Trail {
    /// The trail with the page of this token, which the vendor named as the next one.
    ///
    /// # Errors
    /// [`HttpError::Protocol`] when the page was on the trail before, or there are more than `max_pages`.
    pub fn then(self, token: &str, max_pages: u32) -> Result<Self, HttpError> {
        let Self { pages, remembered } = self;
        if pages > 0 && remembered == token {
            return Err(HttpError::protocol("a listing hands out the same page token twice"));
        }
        if pages >= max_pages {
            return Err(HttpError::protocol(format!("a listing of more than {max_pages} pages")));
        }
        let pages = pages.saturating_add(1);
        let remembered = if pages.is_power_of_two() { token.to_owned() } else { remembered };
        Ok(Self { pages, remembered })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn check(pages: &[(&[u32], Option<&str>)]) -> Result<Vec<u32>, String> {
        let mut at = 0;
        collect_pages(|_| {
            let (items, next) = pages[at.min(pages.len() - 1)];
            at += 1;
            let page = Paged { items: items.to_vec(), next: next.map(str::to_owned) };
            async move { Ok(page) }
        })
        .await
        .map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn pages_are_read_to_the_end() {
        assert_eq!(check(&[(&[1, 2], Some("a")), (&[], Some("b")), (&[3], None)]).await, Ok(vec![1, 2, 3]));
        assert_eq!(check(&[(&[1], Some(""))]).await, Ok(vec![1]));
    }

    #[tokio::test]
    async fn a_listing_that_never_ends_is_an_error() {
        assert!(check(&[(&[1], Some("again"))]).await.unwrap_err().contains("same page token twice"));
    }

    /// How many pages are read before it is noticed that, after `lead` pages, `circle` ones come for ever.
    fn check_trail(lead: usize, circle: usize) {
        let mut trail = Trail::default();
        for page in 0.. {
            let token = if page < lead { page } else { lead + (page - lead) % circle };
            match trail.then(&token.to_string(), u32::MAX) {
                Ok(further) => trail = further,
                Err(_) => {
                    assert!(page >= lead + circle, "no page came twice: {lead}, {circle}");
                    assert!(page <= 3 * (lead + circle), "noticed after {page} pages: {lead}, {circle}");
                    return;
                }
            }
        }
    }

    #[test]
    fn a_circle_of_any_size_is_noticed_and_nothing_else() {
        for lead in [0, 1, 2, 7, 30] {
            for circle in [1, 2, 3, 8, 50] {
                check_trail(lead, circle);
            }
        }
        let straight =
            (0..1_000).try_fold(Trail::default(), |trail, page| trail.then(&page.to_string(), 1_000));
        assert!(straight.unwrap().then("one more", 1_000).is_err());
    }
}
