-- A project's quality for whoever has the link: read only, without a login, until somebody takes it back.

CREATE TABLE published_reports (
    project_id uuid PRIMARY KEY REFERENCES projects ON DELETE CASCADE,
    organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
    link_hash text NOT NULL UNIQUE CHECK (link_hash ~ '^[0-9a-f]{64}$'),
    published_by uuid NOT NULL REFERENCES profiles ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE published_reports IS 'Links to a project''s quality, one a project at most; gone when it is taken back.';
COMMENT ON COLUMN published_reports.organization_id IS 'That of the project.';
COMMENT ON COLUMN published_reports.link_hash IS 'SHA-256 of the link''s secret, which is told once, to who publishes.';
COMMENT ON COLUMN published_reports.published_by IS 'Whoever has the link sees what this person may publish, for as long as they may.';

GRANT SELECT, INSERT, UPDATE, DELETE ON published_reports TO fluentscribe_app;

ALTER TABLE published_reports ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organization ON published_reports TO fluentscribe_app
    USING (organization_id = (SELECT app_organization_id()) AND (SELECT app_works()))
    WITH CHECK (organization_id = (SELECT app_organization_id()) AND (SELECT app_works()));

-- Who has the link acts for no organization. Not set it shows nothing: no hash is the empty text.
CREATE POLICY by_link ON published_reports FOR SELECT TO fluentscribe_app
    USING (link_hash = (SELECT current_setting('app.link_hash', true)));

-- Nobody publishes in another person's name, whose rights would then be used.
CREATE POLICY published_in_own_name ON published_reports AS RESTRICTIVE FOR INSERT TO fluentscribe_app
    WITH CHECK (published_by = (SELECT app_profile_id()));
CREATE POLICY published_again_in_own_name ON published_reports AS RESTRICTIVE FOR UPDATE TO fluentscribe_app
    WITH CHECK (published_by = (SELECT app_profile_id()));

ALTER TABLE audit_logs
    DROP CONSTRAINT audit_logs_object_type_check,
    ADD CONSTRAINT audit_logs_object_type_check CHECK (object_type IN (
        'organization', 'member', 'project', 'upload', 'session', 'segment', 'error', 'assessment', 'review', 'report'
    ));
