pub struct Transfer;
pub struct Way;
