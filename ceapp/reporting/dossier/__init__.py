"""The dossier of a course: everything that an application for approval of a home-study course asks for, from what this server serves."""
