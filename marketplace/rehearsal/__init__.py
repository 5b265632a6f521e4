"""A sandbox county in which people practise a whole procurement, guided step by step, and nothing gets out."""
