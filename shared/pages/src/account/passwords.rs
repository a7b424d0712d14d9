//! Pages about passwords: an account is made, a password changed, or set by a link.

use super::{Fault, Frame, Section};
use crate::layout::{Form, page};

/// "Create an account", on a test server.
#[derive(Clone, Debug)]
pub struct CreateAccount {
    /// Where it goes.
    pub form: Form,
    /// What was typed before.
    pub username: String,
    /// What was refused.
    pub faults: Vec<Fault>,
}

/// "Change password".
#[derive(Clone, Debug)]
pub struct ChangePassword {
    /// What stands around it.
    pub frame: Frame,
    /// Where it goes; nowhere for somebody who has no password here.
    pub form: Option<Form>,
    /// The name that belongs to the password, for password managers.
    pub username: String,
}

/// "Set your password", behind a link.
#[derive(Clone, Debug)]
pub struct SetPassword {
    /// Where it goes.
    pub form: Form,
    /// Whose password it is.
    pub username: String,
    /// What was refused.
    pub faults: Vec<Fault>,
}

/// "Your password is set".
#[derive(Clone, Debug)]
pub struct PasswordSet {
    /// Whose it is.
    pub username: String,
}

impl CreateAccount {
    fn is_faulty(&self, field: &str) -> bool {
        self.faults.iter().any(|fault| fault.field == field)
    }
}

page!(CreateAccount, CreateAccountView, "account/create.html");
page!(ChangePassword, ChangePasswordView, "account/password.html");
page!(SetPassword, SetPasswordView, "account/set_password.html");
page!(PasswordSet, PasswordSetView, "account/password_set.html");
