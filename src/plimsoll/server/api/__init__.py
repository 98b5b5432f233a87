"""What the routes of the API ask and answer."""
