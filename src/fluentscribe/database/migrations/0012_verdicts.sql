-- Beneath the application, too: a review is decided by who was asked for it, and never by the session's author.

CREATE FUNCTION app_is_author(session uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN EXISTS (SELECT FROM qa_sessions WHERE id = session AND created_by = app_profile_id());

COMMENT ON FUNCTION app_is_author(uuid) IS 'Whether the person this transaction acts for handed in what a session examines.';

CREATE POLICY decided_by_reviewer ON reviews AS RESTRICTIVE FOR UPDATE TO fluentscribe_app
    USING (reviewer_id = (SELECT app_profile_id()))
    WITH CHECK (reviewer_id = (SELECT app_profile_id()) AND NOT app_is_author(session_id));
