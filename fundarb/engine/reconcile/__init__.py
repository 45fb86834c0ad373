"""Journal against venue: what differs, and the plan that heals it; pure, so that a plan can be shown before it is done."""
