"""The outside, played: servers that speak the vendors' wire protocols, never imported by the product."""
