//! What an app lets us see: contacts that drop out of sight although nobody deleted them, listings in short pages,
//! rights that are taken away.

use crate::hand::Kind;
use crate::rig::Rig;
use syntony_core::side::Side;
use syntony_sandbox::drift::Scope;
use syntony_sandbox::salesforce::Object;

impl Rig {
    /// A contact is in no listing of its app any more, and nobody deleted it. Google's and Mailchimp's indices can
    /// lose one that a read by id still gives; in Salesforce a sharing rule takes the row out of every answer.
    pub(crate) fn lose(&self, side: Side, id: &str) {
        match self.kinds[side] {
            Kind::Google => self.apps[side].book().hide(id).unwrap(),
            Kind::Contact | Kind::Lead => self.apps[side].org().unshare(id).unwrap(),
            Kind::Mailchimp => self.apps[side].audience().hide(id).unwrap(),
            Kind::Drift => unreachable!("Drift lists nobody"),
        }
    }

    /// The app finds it again: at its next change, or because it is shared again.
    pub(crate) fn find_again(&self, side: Side, id: &str) {
        if let Kind::Contact | Kind::Lead = self.kinds[side] {
            self.apps[side].org().share(id).unwrap();
        }
    }

    /// The app's listings have so many contacts on a page, whatever is asked for.
    pub(crate) fn cut_pages(&self, side: Side, contacts: usize) {
        match self.kinds[side] {
            Kind::Google => {
                self.apps[side].book().configure(|settings| settings.max_page_contacts = contacts);
            }
            Kind::Contact | Kind::Lead => {
                self.apps[side].org().configure(|settings| settings.max_page_rows = contacts);
            }
            Kind::Mailchimp => {
                self.apps[side].audience().configure(|settings| settings.max_page_members = contacts);
            }
            Kind::Drift => unreachable!("Drift lists nobody"),
        }
    }

    /// An administrator takes away the right to read contacts.
    pub(crate) fn take_rights_away(&self, side: Side) {
        match self.kinds[side] {
            Kind::Google => self.apps[side].book().revoke(),
            Kind::Contact => self.hide_object(side, Object::Contact),
            Kind::Lead => self.hide_object(side, Object::Lead),
            Kind::Mailchimp => self.apps[side].audience().revoke(),
            Kind::Drift => self.apps[side].chat().configure(|settings| {
                settings.scopes.retain(|scope| !matches!(scope, Scope::ContactRead | Scope::AllContactRead));
            }),
        }
    }

    fn hide_object(&self, side: Side, object: Object) {
        self.apps[side].org().configure(|settings| settings.hidden_objects.extend([object]));
    }
}
