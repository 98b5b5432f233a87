-- People who are brought in before they have a password, and the tokens with which they choose one.

CREATE TABLE invitations (
    organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
    profile_id uuid NOT NULL REFERENCES profiles ON DELETE CASCADE,
    token_hash text NOT NULL CHECK (token_hash ~ '^[0-9a-f]{64}$'),
    invited_by uuid REFERENCES profiles ON DELETE SET NULL,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, profile_id)
);

COMMENT ON TABLE invitations IS 'Of people who have no password yet. All of a person end when they accept one.';
COMMENT ON COLUMN invitations.token_hash IS 'SHA-256 of the token that the person was given.';
COMMENT ON COLUMN invitations.invited_by IS 'Null when that person''s account is gone.';
COMMENT ON COLUMN profiles.password_hash IS 'In the PHC string format, as $argon2id$v=19$…; ! until the person has chosen a password.';

GRANT SELECT, INSERT, DELETE ON invitations TO fluentscribe_app;

ALTER TABLE invitations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organization ON invitations TO fluentscribe_app
    USING (organization_id = (SELECT app_organization_id()) AND (SELECT app_manages()))
    WITH CHECK (organization_id = (SELECT app_organization_id()) AND (SELECT app_manages()));

-- Who accepts acts for no organization, and ends all invitations of theirs.
CREATE POLICY read_by_person ON invitations FOR SELECT TO fluentscribe_app
    USING (profile_id = (SELECT app_profile_id()));
CREATE POLICY ended_by_person ON invitations FOR DELETE TO fluentscribe_app
    USING (profile_id = (SELECT app_profile_id()));
