"""The sections of the report: each a module with its template beside it, see `fer_xai.report.section`."""
