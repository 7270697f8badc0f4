"""A web application over a lake: pages for people, an API for programs. Needs `pip install 'backbeat[dashboard]'`."""
