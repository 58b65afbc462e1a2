"""To look at: figures and the HTML report. Never imports torch."""
