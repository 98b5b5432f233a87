-- $1 is an organization, whose project has its id; $2 a person of either; $3 a session; $4 a number.
UPDATE profiles SET display_name = 'P' || $4 WHERE id = $2;
UPDATE profiles SET last_login_at = now();
UPDATE profiles SET disabled_at = CASE WHEN disabled_at IS NULL THEN now() END WHERE id = $2;
UPDATE login_sessions SET revoked_at = CASE WHEN revoked_at IS NULL THEN now() END WHERE profile_id = $2;
UPDATE organizations SET name = 'O' || $4 WHERE id = $1;
UPDATE organization_members SET role = (ARRAY['owner', 'admin', 'member', 'auditor'])[1 + $4 %
    4]::organization_role WHERE profile_id = $2;
DELETE FROM organization_members WHERE profile_id = $2;
INSERT INTO organization_members VALUES ($1, $2, 'member') ON CONFLICT DO NOTHING;
DELETE FROM project_members WHERE profile_id = $2;
INSERT INTO project_members (project_id, organization_id, profile_id, role) SELECT organization_id,
    organization_id, profile_id, 'reviewer' FROM organization_members WHERE profile_id = $2 ON CONFLICT DO NOTHING;
UPDATE projects SET priority = 'high', updated_at = now();
UPDATE projects SET name = 'N' || $4, deadline = now() + interval '1 day' WHERE id = $1;
INSERT INTO projects (organization_id, name, source_language, target_language) VALUES ($1, 'made', 'en', 'de');
INSERT INTO project_terms (organization_id, project_id, target_term, forbidden) VALUES ($1, $1, 'T' || $4, true);
UPDATE file_uploads SET file_name = 'f' || $4;
UPDATE file_uploads SET processed_at = now() WHERE organization_id = $1;
INSERT INTO vulnerability_scans (organization_id, upload_id, scanner, verdict) SELECT organization_id, id,
    'markup', 'clean' FROM file_uploads;
UPDATE qa_sessions SET words = $4, assignee_id = $2 WHERE id = $3;
INSERT INTO qa_sessions (organization_id, project_id, upload_id, source_language, target_language, analyzed_at) SELECT
    organization_id, project_id, id, 'en', 'de', now() FROM file_uploads WHERE organization_id = $1;
DELETE FROM qa_sessions WHERE upload_id IS NOT NULL AND organization_id = $1 AND created_by IS NULL AND id <> $3;
UPDATE qa_sessions SET status = 'rejected', decided_at = now() WHERE organization_id = $1;
INSERT INTO analysis_jobs (organization_id, session_id) SELECT organization_id, id FROM qa_sessions WHERE id =
    $3;
INSERT INTO qa_segments (organization_id, session_id, seq, source, target)
    SELECT organization_id, id, 1000 + $4, 'A file', 'Eine Datei' FROM qa_sessions WHERE id = $3 ON CONFLICT DO NOTHING;
UPDATE qa_segments SET target = 'Datei ' || $4 WHERE organization_id = $1;
UPDATE qa_errors SET status = 'confirmed', decided_at = now() WHERE organization_id = $1;
INSERT INTO qa_errors (organization_id, session_id, segment_id, dimension, type, origin, fingerprint) SELECT
    organization_id, session_id, id, 'style', 'awkward', 'human', md5($4::text) FROM qa_segments WHERE
    organization_id = $1;
INSERT INTO assessment_results (organization_id, project_id, session_id, apt, ewc, pass_score, created_at)
    SELECT organization_id, project_id, id, 8, 800 + $4, 95, '2025-06-01' FROM qa_sessions WHERE id = $3;
DELETE FROM assessment_results WHERE session_id = $3;
INSERT INTO reviews (organization_id, session_id, reviewer_id) SELECT organization_id, id, $2 FROM qa_sessions
    WHERE id = $3;
UPDATE reviews SET verdict = 'rejected', decided_at = now() WHERE reviewer_id = $2;
DELETE FROM published_reports WHERE organization_id = $1;
INSERT INTO published_reports (project_id, organization_id, link_hash, published_by) SELECT organization_id,
    organization_id, md5($4::text) || md5(organization_id::text), profile_id FROM organization_members WHERE
    profile_id = $2 ON CONFLICT DO NOTHING;
DELETE FROM qa_segments WHERE session_id = $3 AND $4 % 5 = 0
