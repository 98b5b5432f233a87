-- Only owners make or unmake owners; who makes an organization is its first.

CREATE POLICY owners_by_owners ON organization_members AS RESTRICTIVE FOR INSERT TO fluentscribe_app
    WITH CHECK (role <> 'owner' OR (SELECT app_role()) = 'owner' OR (SELECT app_founds()));
CREATE POLICY owners_kept_by_owners ON organization_members AS RESTRICTIVE FOR UPDATE TO fluentscribe_app
    USING (role <> 'owner' OR (SELECT app_role()) = 'owner')
    WITH CHECK (role <> 'owner' OR (SELECT app_role()) = 'owner');
CREATE POLICY owners_removed_by_owners ON organization_members AS RESTRICTIVE FOR DELETE TO fluentscribe_app
    USING (role <> 'owner' OR (SELECT app_role()) = 'owner');
