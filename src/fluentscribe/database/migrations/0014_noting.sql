-- What people looked at, noted many at once. For each of them the database acts for that person, so policies hold as ever.

CREATE FUNCTION app_note(notes jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    note record;
BEGIN
    FOR note IN
        SELECT * FROM jsonb_to_recordset(notes)
            AS given (organization uuid, person uuid, action text, details jsonb)
    LOOP
        PERFORM set_config('app.organization_id', note.organization::text, true),
            set_config('app.profile_id', note.person::text, true);
        INSERT INTO user_activity (organization_id, profile_id, action, details)
        SELECT m.organization_id, m.profile_id, note.action, note.details FROM organization_members m
        WHERE m.organization_id = note.organization AND m.profile_id = note.person;
    END LOOP;
END
$$;

COMMENT ON FUNCTION app_note(jsonb) IS 'Notes what members did: a list of organization, person, action, details. People who have left are passed over.';
