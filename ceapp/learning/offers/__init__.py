"""How somebody comes into a course: offers, vouchers, enrolling by hand, and what is paid elsewhere."""
