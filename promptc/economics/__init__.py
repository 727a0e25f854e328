"""What templates cost beyond their tokens: plans over prices and the rules of providers."""
