-- A forum: people, categories, topics and posts, as Discourse keeps them.

CREATE TABLE users (
    id serial PRIMARY KEY,
    username varchar(60) NOT NULL,
    username_lower varchar(60) NOT NULL,
    name varchar,
    seen_notification_id bigint DEFAULT 0 NOT NULL,
    last_posted_at timestamp,
    active boolean DEFAULT false NOT NULL,
    last_seen_at timestamp,
    admin boolean DEFAULT false NOT NULL,
    trust_level integer NOT NULL,
    approved boolean DEFAULT false NOT NULL,
    approved_by_id integer,
    approved_at timestamp,
    previous_visit_at timestamp,
    suspended_at timestamp,
    suspended_till timestamp,
    date_of_birth date,
    ip_address inet,
    moderator boolean DEFAULT false,
    title varchar,
    uploaded_avatar_id integer,
    locale varchar(10),
    primary_group_id integer,
    registration_ip_address inet,
    staged boolean DEFAULT false NOT NULL,
    first_seen_at timestamp,
    silenced_till timestamp,
    secure_identifier varchar,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
);
CREATE UNIQUE INDEX index_users_on_username ON users (username);
CREATE UNIQUE INDEX index_users_on_username_lower ON users (username_lower);
CREATE UNIQUE INDEX index_users_on_secure_identifier ON users (secure_identifier);
CREATE INDEX idx_users_admin ON users (id) WHERE admin;

CREATE TABLE user_emails (
    id serial PRIMARY KEY,
    user_id integer NOT NULL,
    email varchar(513) NOT NULL,
    "primary" boolean DEFAULT false NOT NULL,
    normalized_email varchar,
    created_at timestamp(6) NOT NULL,
    updated_at timestamp(6) NOT NULL
);
CREATE UNIQUE INDEX index_user_emails_on_email ON user_emails (lower((email)::text));
CREATE UNIQUE INDEX index_user_emails_on_user_id_and_primary ON user_emails (user_id, "primary") WHERE "primary";

CREATE TABLE user_profiles (
    user_id integer PRIMARY KEY REFERENCES users,
    location varchar(3000),
    website varchar(3000),
    bio_raw text,
    bio_cooked text,
    dismissed_banner_key integer,
    bio_cooked_version integer,
    views integer DEFAULT 0 NOT NULL
);

CREATE TABLE user_stats (
    user_id integer PRIMARY KEY,
    topics_entered integer DEFAULT 0 NOT NULL,
    time_read integer DEFAULT 0 NOT NULL,
    days_visited integer DEFAULT 0 NOT NULL,
    posts_read_count integer DEFAULT 0 NOT NULL,
    likes_given integer DEFAULT 0 NOT NULL,
    likes_received integer DEFAULT 0 NOT NULL,
    new_since timestamp NOT NULL,
    first_post_created_at timestamp,
    post_count integer DEFAULT 0 NOT NULL,
    topic_count integer DEFAULT 0 NOT NULL,
    bounce_score double precision DEFAULT 0 NOT NULL,
    reset_bounce_score_after timestamp,
    distinct_badge_count integer DEFAULT 0 NOT NULL
);

CREATE TABLE user_options (
    user_id integer PRIMARY KEY,
    mailing_list_mode boolean DEFAULT false NOT NULL,
    email_digests boolean,
    external_links_in_new_tab boolean DEFAULT false NOT NULL,
    theme_ids integer[] DEFAULT '{}' NOT NULL,
    text_size_key integer DEFAULT 0 NOT NULL,
    timezone varchar,
    digest_after_minutes integer,
    email_level integer DEFAULT 1 NOT NULL
);

CREATE TABLE user_visits (
    id serial PRIMARY KEY,
    user_id integer NOT NULL,
    visited_at date NOT NULL,
    posts_read integer DEFAULT 0,
    mobile boolean DEFAULT false,
    time_read integer DEFAULT 0 NOT NULL
);
CREATE UNIQUE INDEX index_user_visits_on_user_id_and_visited_at ON user_visits (user_id, visited_at);

CREATE TABLE groups (
    id serial PRIMARY KEY,
    name varchar NOT NULL,
    automatic boolean DEFAULT false NOT NULL,
    user_count integer DEFAULT 0 NOT NULL,
    mentionable_level integer DEFAULT 0,
    visibility_level integer DEFAULT 0 NOT NULL,
    bio_raw text,
    flair_color varchar,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
);
CREATE UNIQUE INDEX index_groups_on_name ON groups (name);

CREATE TABLE group_users (
    id serial PRIMARY KEY,
    group_id integer NOT NULL,
    user_id integer NOT NULL,
    owner boolean DEFAULT false NOT NULL,
    notification_level integer DEFAULT 2 NOT NULL,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
);
CREATE UNIQUE INDEX index_group_users_on_group_id_and_user_id ON group_users (group_id, user_id);

CREATE TABLE uploads (
    id serial PRIMARY KEY,
    user_id integer NOT NULL,
    original_filename varchar NOT NULL,
    filesize bigint NOT NULL,
    width integer,
    height integer,
    url varchar NOT NULL,
    sha1 varchar(40),
    origin varchar(1000),
    extension varchar(10),
    etag varchar,
    secure boolean DEFAULT false NOT NULL,
    dominant_color text,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL,
    CONSTRAINT check_dominant_color CHECK (length(dominant_color) = 6)
);
CREATE UNIQUE INDEX index_uploads_on_sha1 ON uploads (sha1);

CREATE TABLE categories (
    id serial PRIMARY KEY,
    name varchar(50) NOT NULL,
    color varchar(6) DEFAULT '0088CC' NOT NULL,
    topic_id integer,
    topic_count integer DEFAULT 0 NOT NULL,
    user_id integer NOT NULL,
    slug varchar NOT NULL,
    description text,
    text_color varchar(6) DEFAULT 'FFFFFF' NOT NULL,
    read_restricted boolean DEFAULT false NOT NULL,
    auto_close_hours double precision,
    post_count integer DEFAULT 0 NOT NULL,
    latest_post_id integer,
    position integer,
    parent_category_id integer,
    email_in varchar,
    num_featured_topics integer DEFAULT 3,
    uploaded_logo_id integer,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
);
CREATE UNIQUE INDEX index_categories_on_email_in ON categories (email_in);
CREATE UNIQUE INDEX unique_index_categories_on_name
    ON categories (COALESCE(parent_category_id, '-1'::integer), lower((name)::text));
CREATE UNIQUE INDEX unique_index_categories_on_slug
    ON categories (COALESCE(parent_category_id, '-1'::integer), lower((slug)::text)) WHERE ((slug)::text <> ''::text);

CREATE TABLE category_groups (
    id serial PRIMARY KEY,
    category_id integer NOT NULL,
    group_id integer NOT NULL,
    permission_type integer DEFAULT 1,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
);

CREATE TABLE topics (
    id serial PRIMARY KEY,
    title varchar NOT NULL,
    fancy_title varchar,
    slug varchar,
    last_posted_at timestamp,
    views integer DEFAULT 0 NOT NULL,
    posts_count integer DEFAULT 0 NOT NULL,
    user_id integer,
    last_post_user_id integer NOT NULL,
    reply_count integer DEFAULT 0 NOT NULL,
    featured_user1_id integer,
    deleted_at timestamp,
    highest_post_number integer DEFAULT 0 NOT NULL,
    like_count integer DEFAULT 0 NOT NULL,
    category_id integer,
    visible boolean DEFAULT true NOT NULL,
    moderator_posts_count integer DEFAULT 0 NOT NULL,
    closed boolean DEFAULT false NOT NULL,
    archived boolean DEFAULT false NOT NULL,
    bumped_at timestamp NOT NULL,
    has_summary boolean DEFAULT false NOT NULL,
    archetype varchar DEFAULT 'regular' NOT NULL,
    pinned_at timestamp,
    score double precision,
    percent_rank double precision DEFAULT 1.0 NOT NULL,
    subtype varchar,
    word_count integer,
    excerpt varchar,
    deleted_by_id integer,
    external_id varchar,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL,
    CONSTRAINT has_category_id CHECK (((category_id IS NOT NULL) OR ((archetype)::text <> 'regular'::text))),
    CONSTRAINT pm_has_no_category CHECK (((category_id IS NULL) OR ((archetype)::text <> 'private_message'::text)))
);
CREATE UNIQUE INDEX index_topics_on_external_id ON topics (external_id) WHERE (external_id IS NOT NULL);
CREATE INDEX index_topics_on_bumped_at ON topics (bumped_at DESC);

CREATE TABLE posts (
    id serial PRIMARY KEY,
    user_id integer,
    topic_id integer NOT NULL,
    post_number integer NOT NULL,
    raw text NOT NULL,
    cooked text NOT NULL,
    reply_to_post_number integer,
    reply_count integer DEFAULT 0 NOT NULL,
    deleted_at timestamp,
    like_count integer DEFAULT 0 NOT NULL,
    bookmark_count integer DEFAULT 0 NOT NULL,
    score double precision,
    reads integer DEFAULT 0 NOT NULL,
    post_type integer DEFAULT 1 NOT NULL,
    sort_order integer,
    last_editor_id integer,
    hidden boolean DEFAULT false NOT NULL,
    hidden_reason_id integer,
    version integer DEFAULT 1 NOT NULL,
    word_count integer,
    wiki boolean DEFAULT false NOT NULL,
    baked_at timestamp,
    edit_reason varchar,
    raw_email text,
    action_code varchar,
    locale varchar(20),
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
);
CREATE UNIQUE INDEX index_posts_on_topic_id_and_post_number ON posts (topic_id, post_number);

CREATE TABLE post_search_data (
    post_id integer PRIMARY KEY,
    search_data tsvector,
    raw_data text,
    locale varchar,
    version integer DEFAULT 0,
    private_message boolean NOT NULL
);
CREATE INDEX idx_search_post ON post_search_data USING gin (search_data);

CREATE TABLE post_replies (
    post_id integer,
    reply_post_id integer,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
);
CREATE UNIQUE INDEX index_post_replies_on_post_id_and_reply_post_id ON post_replies (post_id, reply_post_id);

CREATE TABLE post_revisions (
    id serial PRIMARY KEY,
    user_id integer,
    post_id integer,
    modifications text,
    number integer,
    hidden boolean DEFAULT false NOT NULL,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
);

CREATE TABLE post_action_types (
    id serial PRIMARY KEY,
    name_key varchar(50) NOT NULL,
    is_flag boolean DEFAULT false NOT NULL,
    icon varchar(20),
    position integer DEFAULT 0 NOT NULL,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
);

CREATE TABLE post_actions (
    id serial PRIMARY KEY,
    post_id integer NOT NULL,
    user_id integer NOT NULL,
    post_action_type_id integer NOT NULL,
    deleted_at timestamp,
    deleted_by_id integer,
    staff_took_action boolean DEFAULT false NOT NULL,
    targets_topic boolean DEFAULT false NOT NULL,
    agreed_at timestamp,
    disagreed_at timestamp,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
);
CREATE UNIQUE INDEX idx_unique_actions ON post_actions (user_id, post_action_type_id, post_id, targets_topic)
    WHERE ((deleted_at IS NULL) AND (disagreed_at IS NULL));
CREATE UNIQUE INDEX idx_unique_flags ON post_actions (user_id, post_id, targets_topic)
    WHERE ((deleted_at IS NULL) AND (disagreed_at IS NULL) AND (post_action_type_id = ANY (ARRAY[3, 4, 7, 8])));

CREATE TABLE topic_users (
    id serial PRIMARY KEY,
    user_id integer NOT NULL,
    topic_id integer NOT NULL,
    posted boolean DEFAULT false NOT NULL,
    last_read_post_number integer,
    last_visited_at timestamp,
    first_visited_at timestamp,
    notification_level integer DEFAULT 1 NOT NULL,
    total_msecs_viewed integer DEFAULT 0 NOT NULL,
    cleared_pinned_at timestamp,
    liked boolean DEFAULT false,
    bookmarked boolean DEFAULT false,
    CONSTRAINT topic_users_read CHECK (first_visited_at IS NULL OR last_visited_at >= first_visited_at)
);
CREATE UNIQUE INDEX index_topic_users_on_topic_id_and_user_id ON topic_users (topic_id, user_id);

CREATE TABLE topic_views (
    topic_id integer NOT NULL,
    viewed_at date NOT NULL,
    user_id integer,
    ip_address inet,
    CONSTRAINT topic_views_viewer CHECK (user_id IS NOT NULL OR ip_address IS NOT NULL)
);
CREATE UNIQUE INDEX ip_address_topic_id_topic_views ON topic_views (ip_address, topic_id) WHERE (user_id IS NULL);
CREATE UNIQUE INDEX user_id_topic_id_topic_views ON topic_views (user_id, topic_id) WHERE (ip_address IS NULL);

CREATE TABLE tags (
    id serial PRIMARY KEY,
    name varchar NOT NULL,
    topic_count integer DEFAULT 0 NOT NULL,
    pm_topic_count integer DEFAULT 0 NOT NULL,
    target_tag_id integer,
    description varchar(1000),
    created_at timestamp(6) NOT NULL,
    updated_at timestamp(6) NOT NULL
);
CREATE UNIQUE INDEX index_tags_on_lower_name ON tags (lower((name)::text));

CREATE TABLE topic_tags (
    id serial PRIMARY KEY,
    topic_id integer NOT NULL,
    tag_id integer NOT NULL,
    created_at timestamp(6) NOT NULL,
    updated_at timestamp(6) NOT NULL
);
CREATE UNIQUE INDEX index_topic_tags_on_topic_id_and_tag_id ON topic_tags (topic_id, tag_id);

CREATE TABLE notifications (
    id bigserial PRIMARY KEY,
    notification_type integer NOT NULL,
    user_id integer NOT NULL,
    data varchar(1000) NOT NULL,
    read boolean DEFAULT false NOT NULL,
    topic_id integer,
    post_number integer,
    post_action_id integer,
    high_priority boolean DEFAULT false NOT NULL,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
);
CREATE INDEX idx_notifications_speedup_unread_count ON notifications (user_id, notification_type) WHERE NOT read;

CREATE TABLE bookmarks (
    id bigserial PRIMARY KEY,
    user_id bigint NOT NULL,
    name varchar(100),
    bookmarkable_id integer,
    bookmarkable_type varchar,
    reminder_at timestamp,
    auto_delete_preference integer DEFAULT 0 NOT NULL,
    pinned boolean DEFAULT false,
    created_at timestamp(6) NOT NULL,
    updated_at timestamp(6) NOT NULL,
    CONSTRAINT enforce_bookmarkable_type CHECK (bookmarkable_type IN ('Post', 'Topic'))
);
CREATE UNIQUE INDEX index_bookmarks_on_user_id_and_bookmarkable
    ON bookmarks (user_id, bookmarkable_type, bookmarkable_id);

CREATE TABLE badges (
    id serial PRIMARY KEY,
    name varchar NOT NULL,
    description text,
    badge_type_id integer NOT NULL,
    grant_count integer DEFAULT 0 NOT NULL,
    query text,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
);
CREATE UNIQUE INDEX index_badges_on_name ON badges (name);

CREATE TABLE user_badges (
    id serial PRIMARY KEY,
    badge_id integer NOT NULL REFERENCES badges,
    user_id integer NOT NULL,
    granted_at timestamp NOT NULL,
    granted_by_id integer NOT NULL,
    post_id integer,
    seq integer DEFAULT 0 NOT NULL,
    featured_rank integer,
    created_at timestamp NOT NULL
);
CREATE UNIQUE INDEX index_user_badges_on_badge_id_and_user_id_and_seq ON user_badges (badge_id, user_id, seq);

CREATE TABLE invites (
    id serial PRIMARY KEY,
    invite_key varchar(32) NOT NULL,
    email varchar,
    invited_by_id integer NOT NULL,
    redemption_count integer DEFAULT 0 NOT NULL,
    max_redemptions_allowed integer DEFAULT 1 NOT NULL,
    expires_at timestamp NOT NULL,
    deleted_at timestamp,
    domain varchar,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL,
    CONSTRAINT redemptions CHECK (redemption_count <= max_redemptions_allowed),
    CONSTRAINT email_xor_domain CHECK (email IS NULL OR domain IS NULL)
);
CREATE UNIQUE INDEX index_invites_on_invite_key ON invites (invite_key);

CREATE TABLE drafts (
    id serial PRIMARY KEY,
    user_id integer NOT NULL,
    draft_key varchar NOT NULL,
    data text NOT NULL,
    sequence bigint DEFAULT 0 NOT NULL,
    revisions integer DEFAULT 1 NOT NULL,
    extra jsonb,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
);
CREATE UNIQUE INDEX index_drafts_on_user_id_and_draft_key ON drafts (user_id, draft_key);

CREATE TABLE user_auth_tokens (
    id serial PRIMARY KEY,
    user_id integer NOT NULL,
    auth_token varchar NOT NULL,
    prev_auth_token varchar NOT NULL,
    user_agent varchar,
    auth_token_seen boolean DEFAULT false NOT NULL,
    client_ip inet,
    rotated_at timestamp NOT NULL,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
);
CREATE UNIQUE INDEX index_user_auth_tokens_on_auth_token ON user_auth_tokens (auth_token);
CREATE UNIQUE INDEX index_user_auth_tokens_on_prev_auth_token ON user_auth_tokens (prev_auth_token);

CREATE TABLE site_settings (
    id serial PRIMARY KEY,
    name varchar NOT NULL,
    data_type integer NOT NULL,
    value text,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
);
CREATE UNIQUE INDEX index_site_settings_on_name ON site_settings (name);

CREATE TABLE schema_migrations (version varchar PRIMARY KEY);

ALTER TABLE user_emails ADD CONSTRAINT fk_user_emails_users FOREIGN KEY (user_id) REFERENCES users (id);
ALTER TABLE posts ADD CONSTRAINT fk_posts_topics FOREIGN KEY (topic_id) REFERENCES topics (id);
ALTER TABLE post_search_data ADD CONSTRAINT fk_search_posts FOREIGN KEY (post_id) REFERENCES posts (id) ON DELETE CASCADE;
ALTER TABLE post_replies ADD CONSTRAINT fk_replies_post FOREIGN KEY (post_id) REFERENCES posts (id);
ALTER TABLE post_replies ADD CONSTRAINT fk_replies_reply FOREIGN KEY (reply_post_id) REFERENCES posts (id);
ALTER TABLE post_actions ADD CONSTRAINT fk_actions_types FOREIGN KEY (post_action_type_id) REFERENCES post_action_types (id);
ALTER TABLE categories ADD CONSTRAINT fk_parent FOREIGN KEY (parent_category_id) REFERENCES categories (id);
ALTER TABLE categories ADD CONSTRAINT fk_about_topic FOREIGN KEY (topic_id) REFERENCES topics (id);
ALTER TABLE topics ADD CONSTRAINT fk_topics_category FOREIGN KEY (category_id) REFERENCES categories (id);
ALTER TABLE topic_tags ADD CONSTRAINT fk_topic_tags_tag FOREIGN KEY (tag_id) REFERENCES tags (id) ON DELETE CASCADE;
ALTER TABLE tags ADD CONSTRAINT fk_synonym FOREIGN KEY (target_tag_id) REFERENCES tags (id);
