//! Services that lie or fail, and links that lead where nobody should go.
