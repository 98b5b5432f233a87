-- Who may see and change which rows. The application says for each transaction on whose behalf it acts:
--   SELECT set_config('app.organization_id', $1, true), set_config('app.profile_id', $2, true)
-- What is not set shows nothing.

CREATE FUNCTION app_organization_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.organization_id', true), '')::uuid;
CREATE FUNCTION app_profile_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.profile_id', true), '')::uuid;

COMMENT ON FUNCTION app_organization_id() IS 'The organization this transaction acts for; null where none is set.';
COMMENT ON FUNCTION app_profile_id() IS 'The person this transaction acts for; null where none is set.';

GRANT SELECT, INSERT, UPDATE ON profiles, organizations, vulnerability_scans TO fluentscribe_app;
GRANT SELECT, INSERT ON login_attempts, assessment_results, user_activity, audit_logs TO fluentscribe_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON
    organization_members, projects, project_members, file_uploads, qa_sessions, qa_segments, qa_errors, reviews,
    user_feedback
    TO fluentscribe_app;

-- The functions are called in a sub-select so that they are called once a statement, not once a row.
DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY[
        'organization_members', 'projects', 'project_members', 'file_uploads', 'vulnerability_scans', 'qa_sessions',
        'qa_segments', 'qa_errors', 'assessment_results', 'reviews', 'user_feedback', 'user_activity', 'audit_logs'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format(
            'CREATE POLICY of_organization ON %I TO fluentscribe_app'
            ' USING (organization_id = (SELECT app_organization_id()))'
            ' WITH CHECK (organization_id = (SELECT app_organization_id()))',
            tenant_table
        );
    END LOOP;
END
$$;

ALTER TABLE organizations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organization ON organizations TO fluentscribe_app
    USING (id = (SELECT app_organization_id()))
    WITH CHECK (id = (SELECT app_organization_id()));

-- Before they choose an organization, people see to which ones they belong.
CREATE POLICY of_person ON organization_members FOR SELECT TO fluentscribe_app
    USING (profile_id = (SELECT app_profile_id()));
CREATE POLICY of_person ON organizations FOR SELECT TO fluentscribe_app
    USING (EXISTS (
        SELECT FROM organization_members
        WHERE organization_id = organizations.id AND profile_id = (SELECT app_profile_id())
    ));

-- What people do and say is theirs: others of the organization read it, nobody writes it for them.
CREATE POLICY by_person ON user_activity AS RESTRICTIVE FOR INSERT TO fluentscribe_app
    WITH CHECK (profile_id = (SELECT app_profile_id()));
CREATE POLICY by_person ON user_feedback AS RESTRICTIVE FOR INSERT TO fluentscribe_app
    WITH CHECK (profile_id = (SELECT app_profile_id()));
CREATE POLICY changed_by_person ON user_feedback AS RESTRICTIVE FOR UPDATE TO fluentscribe_app
    USING (profile_id = (SELECT app_profile_id()));
CREATE POLICY deleted_by_person ON user_feedback AS RESTRICTIVE FOR DELETE TO fluentscribe_app
    USING (profile_id = (SELECT app_profile_id()));
