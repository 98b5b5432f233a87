-- What an organization works on, and who works on it.

CREATE TYPE project_role AS ENUM ('manager', 'reviewer', 'linguist', 'viewer');

CREATE TABLE projects (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    source_language text NOT NULL CHECK (length(source_language) BETWEEN 2 AND 35),
    target_language text NOT NULL CHECK (length(target_language) BETWEEN 2 AND 35),
    mqm_profile jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(mqm_profile) = 'object'),
    pass_score numeric(5, 2) NOT NULL DEFAULT 95 CHECK (pass_score BETWEEN 0 AND 100),
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('draft', 'active', 'on_hold', 'completed', 'archived')),
    priority text NOT NULL DEFAULT 'normal' CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    deadline timestamptz,
    created_by uuid REFERENCES profiles ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE projects IS 'Translations from one language into another whose quality is watched together.';
COMMENT ON COLUMN projects.source_language IS 'Translated from (BCP 47).';
COMMENT ON COLUMN projects.target_language IS 'Translated into (BCP 47).';
COMMENT ON COLUMN projects.mqm_profile IS 'Weights of error types that differ from 1, by dimension.';
COMMENT ON COLUMN projects.pass_score IS 'Least score with which a session passes.';
COMMENT ON COLUMN projects.deadline IS 'When the work is due; null where nobody said.';
COMMENT ON COLUMN projects.created_by IS 'Null when that person''s account is gone.';

CREATE TABLE project_members (
    project_id uuid NOT NULL REFERENCES projects ON DELETE CASCADE,
    profile_id uuid NOT NULL REFERENCES profiles ON DELETE CASCADE,
    organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
    role project_role NOT NULL DEFAULT 'viewer',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, profile_id)
);

COMMENT ON TABLE project_members IS 'Who may do what in a project; read to check permissions.';
COMMENT ON COLUMN project_members.organization_id IS 'That of the project.';
COMMENT ON COLUMN project_members.role IS 'Managers run the project, reviewers judge, linguists correct, viewers look.';
