"""How evidence looks: terminal tables, forest, funnel, curve and leave-one-out figures, methods text."""
