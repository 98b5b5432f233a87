-- An issue tracker with repositories and merge requests, as Redmine and GitLab keep them.

CREATE TABLE users (
    id bigserial PRIMARY KEY,
    email varchar NOT NULL,
    username varchar(255) NOT NULL,
    name varchar NOT NULL,
    state varchar NOT NULL DEFAULT 'active',
    encrypted_password varchar NOT NULL DEFAULT '',
    admin boolean NOT NULL DEFAULT false,
    projects_limit integer NOT NULL DEFAULT 10,
    two_factor_secret bytea,
    sign_in_count integer DEFAULT 0,
    current_sign_in_at timestamp,
    current_sign_in_ip inet,
    bio varchar(255),
    time_zone varchar,
    preferred_language varchar(20),
    user_type smallint NOT NULL DEFAULT 0,
    color_mode_id smallint NOT NULL DEFAULT 1,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL,
    CONSTRAINT check_state CHECK (state IN ('active', 'blocked', 'deactivated', 'banned')),
    CONSTRAINT check_username CHECK (username ~ '^[A-Za-z0-9_.][A-Za-z0-9_.-]*$')
);
CREATE UNIQUE INDEX index_users_on_email ON users (email);
CREATE UNIQUE INDEX index_users_on_lower_username ON users (lower((username)::text));
CREATE INDEX index_users_on_admins ON users (id) WHERE admin;

CREATE TABLE emails (
    id bigserial PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    email varchar NOT NULL UNIQUE,
    confirmation_token varchar UNIQUE,
    confirmation_sent_at timestamptz,
    confirmed_at timestamptz,
    CHECK (confirmed_at >= confirmation_sent_at)
);

CREATE TABLE namespaces (
    id bigserial PRIMARY KEY,
    name varchar NOT NULL,
    path varchar NOT NULL,
    owner_id bigint REFERENCES users,
    type varchar NOT NULL DEFAULT 'User' CHECK (type IN ('User', 'Group', 'Project')),
    parent_id bigint REFERENCES namespaces ON DELETE CASCADE,
    visibility_level integer NOT NULL DEFAULT 20 CHECK (visibility_level IN (0, 10, 20)),
    traversal_ids bigint[] NOT NULL DEFAULT '{}',
    description varchar NOT NULL DEFAULT '',
    created_at timestamp,
    updated_at timestamp,
    CONSTRAINT user_namespaces_have_an_owner CHECK (type <> 'User' OR (owner_id IS NOT NULL AND parent_id IS NULL))
);
CREATE UNIQUE INDEX index_namespaces_on_path ON namespaces (COALESCE(parent_id, 0), lower((path)::text));

CREATE TABLE projects (
    id bigserial PRIMARY KEY,
    namespace_id bigint NOT NULL REFERENCES namespaces,
    creator_id bigint,
    name varchar,
    path varchar NOT NULL,
    description text,
    visibility_level integer NOT NULL DEFAULT 0,
    archived boolean NOT NULL DEFAULT false,
    star_count integer NOT NULL DEFAULT 0 CHECK (star_count >= 0),
    forked_from_id bigint REFERENCES projects ON DELETE SET NULL,
    merge_requests_ff_only_enabled boolean DEFAULT false,
    last_activity_at timestamp,
    created_at timestamp,
    updated_at timestamp,
    UNIQUE (namespace_id, path),
    CONSTRAINT check_description CHECK (char_length(description) <= 2000)
);

CREATE TABLE project_settings (
    project_id bigint PRIMARY KEY REFERENCES projects ON DELETE CASCADE,
    squash_option smallint DEFAULT 3 CHECK (squash_option BETWEEN 0 AND 3),
    merge_commit_template text CHECK (char_length(merge_commit_template) <= 500),
    target_platforms varchar[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE members (
    id bigserial PRIMARY KEY,
    access_level integer NOT NULL CHECK (access_level IN (10, 20, 30, 40, 50)),
    source_id bigint NOT NULL,
    source_type varchar NOT NULL CHECK (source_type IN ('Namespace', 'Project')),
    user_id bigint REFERENCES users ON DELETE CASCADE,
    invite_email varchar,
    invite_token varchar UNIQUE,
    expires_at date,
    created_at timestamp,
    CONSTRAINT user_or_invitation CHECK (num_nonnulls(user_id, invite_email) = 1),
    CONSTRAINT invitations_have_a_token CHECK ((invite_email IS NULL) = (invite_token IS NULL))
);
CREATE UNIQUE INDEX members_of_source ON members (source_type, source_id, user_id) WHERE user_id IS NOT NULL;

CREATE TABLE milestones (
    id bigserial PRIMARY KEY,
    title varchar NOT NULL,
    project_id bigint REFERENCES projects ON DELETE CASCADE,
    group_id bigint REFERENCES namespaces ON DELETE CASCADE,
    iid integer,
    description text,
    due_date date,
    start_date date,
    state varchar NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'closed')),
    CONSTRAINT project_or_group CHECK ((project_id IS NULL) <> (group_id IS NULL)),
    CONSTRAINT dates CHECK (start_date <= due_date),
    UNIQUE (project_id, iid)
);
CREATE UNIQUE INDEX milestones_title ON milestones (project_id, title);

CREATE TABLE labels (
    id bigserial PRIMARY KEY,
    title varchar(255) NOT NULL,
    color varchar NOT NULL DEFAULT '#428BCA' CHECK (color ~ '^#[0-9A-Fa-f]{6}$'),
    project_id bigint REFERENCES projects ON DELETE CASCADE,
    group_id bigint,
    template boolean DEFAULT false,
    type varchar,
    UNIQUE NULLS NOT DISTINCT (project_id, group_id, title)
);

CREATE TABLE issue_statuses (
    id serial PRIMARY KEY,
    name varchar(30) NOT NULL DEFAULT '',
    is_closed boolean NOT NULL DEFAULT false,
    position integer UNIQUE,
    default_done_ratio smallint CHECK (default_done_ratio BETWEEN 0 AND 100)
);

CREATE TABLE trackers (
    id serial PRIMARY KEY,
    name varchar(30) NOT NULL UNIQUE,
    description varchar,
    default_status_id integer REFERENCES issue_statuses,
    position integer
);

CREATE TABLE workflows (
    id serial PRIMARY KEY,
    tracker_id integer NOT NULL REFERENCES trackers,
    old_status_id integer NOT NULL REFERENCES issue_statuses,
    new_status_id integer NOT NULL REFERENCES issue_statuses,
    assignee boolean NOT NULL DEFAULT false,
    UNIQUE (tracker_id, old_status_id, new_status_id),
    CHECK (old_status_id <> new_status_id)
);

CREATE TABLE issues (
    id bigserial PRIMARY KEY,
    iid integer NOT NULL,
    project_id bigint NOT NULL REFERENCES projects ON DELETE CASCADE,
    tracker_id integer NOT NULL REFERENCES trackers,
    status_id integer NOT NULL REFERENCES issue_statuses,
    title varchar(255) NOT NULL,
    title_html text,
    description text,
    author_id bigint REFERENCES users ON DELETE SET NULL,
    milestone_id bigint REFERENCES milestones ON DELETE SET NULL,
    parent_id bigint REFERENCES issues,
    moved_to_id bigint REFERENCES issues ON DELETE SET NULL,
    duplicated_to_id bigint REFERENCES issues ON DELETE SET NULL,
    confidential boolean NOT NULL DEFAULT false,
    weight integer CHECK (weight >= 0),
    due_date date,
    start_date date,
    done_ratio integer NOT NULL DEFAULT 0 CHECK (done_ratio BETWEEN 0 AND 100 AND done_ratio % 10 = 0),
    estimated_hours double precision CHECK (estimated_hours > 0),
    relative_position integer,
    lock_version integer DEFAULT 0,
    state_id smallint NOT NULL DEFAULT 1 CHECK (state_id IN (1, 2, 3, 4)),
    closed_at timestamptz,
    closed_by_id bigint REFERENCES users ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (project_id, iid),
    CONSTRAINT dates CHECK (due_date >= start_date),
    CONSTRAINT closed CHECK (state_id <> 2 OR closed_at IS NOT NULL),
    CONSTRAINT closed_later CHECK (closed_at >= created_at),
    CONSTRAINT not_its_own_parent CHECK (parent_id <> id),
    CONSTRAINT description_length CHECK (length(description) <= 1048576)
);
CREATE INDEX issues_description ON issues USING gin (to_tsvector('english', title || ' ' || coalesce(description, '')));

CREATE TABLE issue_assignees (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    issue_id bigint NOT NULL REFERENCES issues ON DELETE CASCADE,
    PRIMARY KEY (issue_id, user_id)
);

CREATE TABLE issue_links (
    id bigserial PRIMARY KEY,
    source_id bigint NOT NULL REFERENCES issues ON DELETE CASCADE,
    target_id bigint NOT NULL REFERENCES issues ON DELETE CASCADE,
    link_type smallint NOT NULL DEFAULT 0 CHECK (link_type BETWEEN 0 AND 2),
    delay integer,
    UNIQUE (source_id, target_id),
    CHECK (source_id <> target_id)
);

CREATE TABLE label_links (
    id bigserial PRIMARY KEY,
    label_id bigint REFERENCES labels ON DELETE CASCADE,
    target_id bigint,
    target_type varchar
);
CREATE INDEX index_label_links_on_target ON label_links (target_id, target_type);

CREATE TABLE custom_fields (
    id serial PRIMARY KEY,
    type varchar(30) NOT NULL DEFAULT '',
    name varchar(30) NOT NULL DEFAULT '',
    field_format varchar(30) NOT NULL CHECK (field_format IN ('string', 'list', 'int', 'date', 'bool', 'user')),
    possible_values text,
    regexp varchar DEFAULT '',
    min_length integer CHECK (min_length >= 0),
    max_length integer,
    is_required boolean NOT NULL DEFAULT false,
    is_for_all boolean NOT NULL DEFAULT false,
    CHECK (max_length >= min_length)
);

CREATE TABLE custom_fields_projects (
    custom_field_id integer NOT NULL DEFAULT 0 REFERENCES custom_fields,
    project_id bigint NOT NULL DEFAULT 0 REFERENCES projects
);
CREATE UNIQUE INDEX index_custom_fields_projects ON custom_fields_projects (custom_field_id, project_id);

CREATE TABLE custom_values (
    id bigserial PRIMARY KEY,
    customized_type varchar(30) NOT NULL DEFAULT '',
    customized_id bigint NOT NULL DEFAULT 0,
    custom_field_id integer NOT NULL REFERENCES custom_fields,
    value text
);

CREATE TABLE time_entries (
    id bigserial PRIMARY KEY,
    project_id bigint NOT NULL REFERENCES projects,
    author_id bigint REFERENCES users,
    user_id bigint NOT NULL REFERENCES users,
    issue_id bigint REFERENCES issues,
    hours double precision NOT NULL CHECK (hours > 0 AND hours <= 24),
    comments varchar(1024),
    spent_on date NOT NULL,
    tyear integer NOT NULL,
    tmonth integer NOT NULL CHECK (tmonth BETWEEN 1 AND 12),
    tweek integer NOT NULL CHECK (tweek BETWEEN 1 AND 53),
    created_on timestamp NOT NULL,
    CHECK (tyear = EXTRACT(year FROM spent_on))
);

CREATE TABLE merge_requests (
    id bigserial PRIMARY KEY,
    iid integer NOT NULL,
    target_project_id bigint NOT NULL REFERENCES projects ON DELETE CASCADE,
    source_project_id bigint REFERENCES projects ON DELETE SET NULL,
    target_branch varchar NOT NULL,
    source_branch varchar NOT NULL,
    author_id bigint REFERENCES users ON DELETE SET NULL,
    merge_user_id bigint REFERENCES users ON DELETE SET NULL,
    milestone_id bigint REFERENCES milestones ON DELETE SET NULL,
    latest_merge_request_diff_id bigint,
    title varchar NOT NULL,
    description text,
    draft boolean NOT NULL DEFAULT false,
    merge_status varchar NOT NULL DEFAULT 'unchecked'
        CHECK (merge_status IN ('unchecked', 'preparing', 'can_be_merged', 'cannot_be_merged')),
    merge_commit_sha varchar CHECK (merge_commit_sha ~ '^[0-9a-f]{40}$'),
    merge_params text,
    state_id smallint NOT NULL DEFAULT 1,
    created_at timestamp,
    updated_at timestamp,
    UNIQUE (target_project_id, iid),
    CHECK (source_branch <> target_branch OR source_project_id <> target_project_id)
);

CREATE TABLE merge_request_diffs (
    id bigserial PRIMARY KEY,
    merge_request_id bigint NOT NULL REFERENCES merge_requests ON DELETE CASCADE,
    state varchar,
    base_commit_sha bytea CHECK (octet_length(base_commit_sha) = 20),
    head_commit_sha bytea CHECK (octet_length(head_commit_sha) = 20),
    commits_count integer CHECK (commits_count >= 0),
    files_count smallint,
    created_at timestamp
);
ALTER TABLE merge_requests
    ADD FOREIGN KEY (latest_merge_request_diff_id) REFERENCES merge_request_diffs ON DELETE SET NULL;

CREATE TABLE merge_request_diff_files (
    merge_request_diff_id bigint NOT NULL REFERENCES merge_request_diffs ON DELETE CASCADE,
    relative_order integer NOT NULL CHECK (relative_order >= 0),
    new_file boolean NOT NULL,
    renamed_file boolean NOT NULL,
    deleted_file boolean NOT NULL,
    a_mode varchar(6) NOT NULL CHECK (a_mode ~ '^[0-7]{6}$'),
    b_mode varchar(6) NOT NULL CHECK (b_mode ~ '^[0-7]{6}$'),
    new_path text NOT NULL,
    old_path text,
    diff text,
    "binary" boolean,
    PRIMARY KEY (merge_request_diff_id, relative_order),
    CHECK (NOT (new_file AND deleted_file))
);

CREATE TABLE merge_requests_closing_issues (
    id bigserial PRIMARY KEY,
    merge_request_id bigint NOT NULL REFERENCES merge_requests ON DELETE CASCADE,
    issue_id bigint NOT NULL REFERENCES issues ON DELETE CASCADE,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
);

CREATE TABLE approvals (
    merge_request_id bigint NOT NULL REFERENCES merge_requests ON DELETE CASCADE,
    user_id bigint NOT NULL,
    patch_id_sha bytea,
    created_at timestamp,
    UNIQUE (user_id, merge_request_id)
);

CREATE TABLE notes (
    id bigserial PRIMARY KEY,
    note text,
    noteable_type varchar,
    noteable_id bigint,
    author_id bigint,
    project_id bigint REFERENCES projects ON DELETE CASCADE,
    discussion_id varchar,
    "system" boolean NOT NULL DEFAULT false,
    internal boolean NOT NULL DEFAULT false,
    line_code varchar,
    "position" text,
    resolved_at timestamp,
    resolved_by_id bigint,
    created_at timestamp,
    updated_at timestamp,
    CONSTRAINT resolved CHECK ((resolved_at IS NULL) = (resolved_by_id IS NULL))
);

CREATE TABLE journals (
    id bigserial PRIMARY KEY,
    issue_id bigint NOT NULL REFERENCES issues ON DELETE CASCADE,
    user_id bigint NOT NULL,
    notes text,
    private_notes boolean NOT NULL DEFAULT false,
    created_on timestamp NOT NULL
);

CREATE TABLE journal_details (
    id bigserial PRIMARY KEY,
    journal_id bigint NOT NULL REFERENCES journals ON DELETE CASCADE,
    property varchar(30) NOT NULL DEFAULT '',
    prop_key varchar(30) NOT NULL DEFAULT '',
    old_value text,
    value text,
    CHECK (old_value IS DISTINCT FROM value)
);

CREATE TABLE ci_pipelines (
    id bigserial,
    partition_id bigint NOT NULL DEFAULT 100,
    project_id bigint NOT NULL,
    iid integer,
    ref varchar,
    sha varchar CHECK (length(sha) = 40),
    status varchar CHECK (status IN ('created', 'pending', 'running', 'success', 'failed', 'canceled', 'skipped')),
    created_at timestamp,
    started_at timestamp,
    finished_at timestamp,
    duration integer CHECK (duration >= 0),
    PRIMARY KEY (id, partition_id),
    UNIQUE (project_id, iid, partition_id),
    CHECK (started_at >= created_at),
    CHECK (finished_at >= started_at)
) PARTITION BY LIST (partition_id);
CREATE TABLE ci_pipelines_100 PARTITION OF ci_pipelines FOR VALUES IN (100, 101);
CREATE TABLE ci_pipelines_102 PARTITION OF ci_pipelines FOR VALUES IN (102);

CREATE TABLE ci_builds (
    id bigserial,
    partition_id bigint NOT NULL,
    pipeline_id bigint NOT NULL,
    name varchar NOT NULL,
    stage_idx integer NOT NULL DEFAULT 0,
    status varchar NOT NULL,
    allow_failure boolean NOT NULL DEFAULT false,
    coverage double precision CHECK (coverage BETWEEN 0 AND 100),
    options jsonb,
    tags text[],
    token_encrypted varchar UNIQUE,
    PRIMARY KEY (id, partition_id),
    FOREIGN KEY (pipeline_id, partition_id) REFERENCES ci_pipelines (id, partition_id) ON DELETE CASCADE
);

CREATE TABLE todos (
    id bigserial PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    project_id bigint REFERENCES projects ON DELETE CASCADE,
    author_id bigint NOT NULL REFERENCES users,
    target_type varchar NOT NULL CHECK (target_type IN ('Issue', 'MergeRequest', 'Commit')),
    target_id bigint,
    commit_id varchar,
    action integer NOT NULL CHECK (action BETWEEN 1 AND 12),
    state varchar NOT NULL DEFAULT 'pending',
    created_at timestamp,
    CHECK ((target_type = 'Commit') = (commit_id IS NOT NULL)),
    CHECK ((target_id IS NULL) = (commit_id IS NOT NULL))
);

CREATE TABLE events (
    id bigint GENERATED BY DEFAULT AS IDENTITY,
    project_id bigint REFERENCES projects ON DELETE CASCADE,
    author_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    target_id bigint,
    target_type varchar,
    action smallint NOT NULL,
    fingerprint bytea CHECK (octet_length(fingerprint) <= 128),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (id)
);
