-- The audit log tells of changed segments and of assessments, too.

ALTER TABLE audit_logs
    DROP CONSTRAINT audit_logs_object_type_check,
    ADD CONSTRAINT audit_logs_object_type_check CHECK (object_type IN (
        'organization', 'member', 'project', 'upload', 'session', 'segment', 'error', 'assessment', 'review'
    ));
