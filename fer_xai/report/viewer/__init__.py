"""Looking closer at heatmaps within the page: what is shown, and the script that shows it."""
