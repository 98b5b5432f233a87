-- What roles in an organization allow is enforced here again, beneath the application: people who are no members see nothing,
-- auditors see logs and no work, and only those who run an organization change who belongs to it.

-- Invoked as whoever asks, so the policies for reading organization_members hold within: those must not call it.
CREATE FUNCTION app_role() RETURNS organization_role LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (
        SELECT role FROM organization_members
        WHERE organization_id = app_organization_id() AND profile_id = app_profile_id()
    );
CREATE FUNCTION app_works() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN current_user = 'fluentscribe_worker' OR coalesce(app_role() IN ('owner', 'admin', 'member'), false);
CREATE FUNCTION app_manages() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(app_role() IN ('owner', 'admin'), false);
CREATE FUNCTION app_reads_logs() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(app_role() IN ('owner', 'admin', 'auditor'), false);
CREATE FUNCTION app_founds() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN NOT EXISTS (SELECT FROM organization_members WHERE organization_id = app_organization_id());
CREATE FUNCTION app_runs_project(project uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN app_manages()
        OR NOT EXISTS (SELECT FROM project_members WHERE project_id = project)
        OR EXISTS (
            SELECT FROM project_members
            WHERE project_id = project AND profile_id = app_profile_id() AND role = 'manager'
        );

COMMENT ON FUNCTION app_role() IS 'The role of the person this transaction acts for in the organization; null for no member.';
COMMENT ON FUNCTION app_works() IS 'Whether they, or a worker of ours, may see and do the work of the organization: all but auditors.';
COMMENT ON FUNCTION app_manages() IS 'Whether they run the organization.';
COMMENT ON FUNCTION app_reads_logs() IS 'Whether they may read its logs.';
COMMENT ON FUNCTION app_founds() IS 'Whether the organization has no member yet: who makes one becomes its owner.';
COMMENT ON FUNCTION app_runs_project(uuid) IS 'Whether they may say who works on a project; anybody for one without people, as who makes it.';

DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY[
        'projects', 'project_members', 'project_terms', 'file_uploads', 'vulnerability_scans', 'qa_sessions',
        'qa_segments', 'qa_errors', 'assessment_results', 'reviews', 'user_feedback', 'analysis_jobs'
    ] LOOP
        EXECUTE format(
            'CREATE POLICY for_work ON %I AS RESTRICTIVE TO fluentscribe_app'
            ' USING ((SELECT app_works())) WITH CHECK ((SELECT app_works()))',
            tenant_table
        );
    END LOOP;
END
$$;

CREATE POLICY for_logs ON audit_logs AS RESTRICTIVE FOR SELECT TO fluentscribe_app USING ((SELECT app_reads_logs()));

CREATE POLICY for_managers ON organizations AS RESTRICTIVE FOR UPDATE TO fluentscribe_app USING ((SELECT app_manages()));

CREATE POLICY added_by_managers ON organization_members AS RESTRICTIVE FOR INSERT TO fluentscribe_app
    WITH CHECK (
        (SELECT app_manages())
        OR (SELECT app_founds()) AND profile_id = (SELECT app_profile_id()) AND role = 'owner'
    );
CREATE POLICY changed_by_managers ON organization_members AS RESTRICTIVE FOR UPDATE TO fluentscribe_app
    USING ((SELECT app_manages()));
CREATE POLICY removed_by_managers ON organization_members AS RESTRICTIVE FOR DELETE TO fluentscribe_app
    USING ((SELECT app_manages()) OR profile_id = (SELECT app_profile_id()));

CREATE POLICY added_by_managers ON project_members AS RESTRICTIVE FOR INSERT TO fluentscribe_app
    WITH CHECK (app_runs_project(project_id));
CREATE POLICY changed_by_managers ON project_members AS RESTRICTIVE FOR UPDATE TO fluentscribe_app
    USING (app_runs_project(project_id));
CREATE POLICY removed_by_managers ON project_members AS RESTRICTIVE FOR DELETE TO fluentscribe_app
    USING (app_runs_project(project_id) OR profile_id = (SELECT app_profile_id()));
