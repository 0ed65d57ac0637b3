/*
 * Is a process in one of the cgroups that were asked for, or below one? Key decision: looked at when
 * it is born, executes and ends, never kept: systemd moves what it starts into the unit's cgroup
 * between fork and exec. Where the members are is looked up by a program that is loaded only where
 * it is needed, since each struct that the others name makes every load a millisecond longer; and
 * each step of a loop is a function of its own, so that the verifier looks at it once.
 */
#include "cgroup.bpf.h"

#define HIERARCHIES 24 /* that a machine may have: v2, and v1's controllers and names */
#define DEPTH       48 /* steps to the root of a hierarchy */

/* Run by pscope itself, once. */
SEC("raw_tp")
int learn_cgroups(void *context)
{
	struct bpf_config *c = settings();

	if (!c)
		return 1;
	c->layout = (struct cgroup_layout){
		.set_default = bpf_core_field_offset(struct css_set, dfl_cgrp),
		.set_links = bpf_core_field_offset(struct css_set, cgrp_links),
		.link_cgroup = bpf_core_field_offset(struct cgrp_cset_link, cgrp),
		.link_next = bpf_core_field_offset(struct cgrp_cset_link, cgrp_link),
		.cgroup_node = bpf_core_field_offset(struct cgroup, kn),
		.cgroup_root = bpf_core_field_offset(struct cgroup, root),
		.cgroup_parent = bpf_core_field_offset(struct cgroup, self.parent),
		.state_cgroup = bpf_core_field_offset(struct cgroup_subsys_state, cgroup),
		.node_id = bpf_core_field_offset(struct kernfs_node, id),
		.node_name = bpf_core_field_offset(struct kernfs_node, name),
		.root_id = bpf_core_field_offset(struct cgroup_root, hierarchy_id),
	};
	return 0;
}

/* The number at an address; 0 where there is nothing. */
INLINE __u64 number_at(__u64 at)
{
	__u64 number = 0;

	bpf_probe_read_kernel(&number, sizeof number, (void *)at);
	return number;
}

/* Which member of the list of links comes behind `at`; 0: that was the last. */
__attribute__((noinline)) long next_link(__u64 at, __u64 head)
{
	at = number_at(at);
	return at == head ? 0 : at;
}

/* The cgroup of the link with that member if it is of that hierarchy, or 0. */
__attribute__((noinline)) long cgroup_of_link(__u64 at, __u32 hierarchy)
{
	struct bpf_config *c = settings();
	__u64 cgroup, root;

	if (!c)
		return 0;
	cgroup = number_at(at - c->layout.link_next + c->layout.link_cgroup);
	root = number_at(cgroup + c->layout.cgroup_root);
	return (__u32)number_at(root + c->layout.root_id) == hierarchy ? cgroup : 0;
}

/* The address of the cgroup that the set names in a hierarchy of v1; 0: none. */
__attribute__((noinline)) long cgroup_of_set(__u64 set, __u32 hierarchy)
{
	struct bpf_config *c = settings();
	__u64 head, at;
	long cgroup;

	if (!c)
		return 0;
	at = head = set + c->layout.set_links;
	for (int i = 0; i < HIERARCHIES; i++) {
		at = next_link(at, head);
		if (!at)
			break;
		cgroup = cgroup_of_link(at, hierarchy);
		if (cgroup)
			return cgroup;
	}
	return 0;
}

/* The cgroup above; 0 above the root; 1: this is the one with that number. */
__attribute__((noinline)) long parent_of(__u64 cgroup, __u64 id)
{
	struct bpf_config *c = settings();
	__u64 node, parent;

	if (!c)
		return 0;
	node = number_at(cgroup + c->layout.cgroup_node);
	if (number_at(node + c->layout.node_id) == id)
		return 1;
	parent = number_at(cgroup + c->layout.cgroup_parent);
	return parent ? number_at(parent + c->layout.state_cgroup) : 0;
}

__attribute__((noinline)) int is_at_or_below(__u64 cgroup, __u64 id)
{
	for (int i = 0; i < DEPTH && cgroup; i++) {
		cgroup = parent_of(cgroup, id);
		if (cgroup == 1)
			return 1;
	}
	return 0;
}

__attribute__((noinline)) int is_in(__u64 set, __u32 number)
{
	struct bpf_config *c = settings();
	const struct marked_cgroup *marked;
	__u64 cgroup;

	if (!c)
		return 0;
	marked = &c->cgroups[number & (MARKED_CGROUPS - 1)];
	cgroup = marked->hierarchy ? (__u64)cgroup_of_set(set, marked->hierarchy)
				   : number_at(set + c->layout.set_default);
	return is_at_or_below(cgroup, marked->id);
}

__attribute__((noinline)) int is_covered(__u64 task_at)
{
	struct task_struct *task = (void *)task_at;
	struct bpf_config *c = settings();
	__u64 set;

	if (!c || !bpf_core_field_exists(task->cgroups))
		return 0;
	set = (__u64)BPF_CORE_READ(task, cgroups);
	for (__u32 i = 0; i < MARKED_CGROUPS; i++) {
		if (i < c->cgroup_count && is_in(set, i))
			return 1;
	}
	return 0;
}

/* ---- cgroups that are made while we look ---- */

__attribute__((noinline)) long hash_of_name(__u64 node)
{
	struct bpf_config *c = settings();
	unsigned char name[CGROUP_NAME_MOST + 1] = {};
	__u64 hash = CGROUP_HASH;

	if (!c || bpf_probe_read_kernel_str(name, sizeof name,
					    (void *)number_at(node + c->layout.node_name)) < 0)
		return 0;
	for (int i = 0; i < CGROUP_NAME_MOST && name[i]; i++)
		hash = cgroup_hash(hash, name[i]);
	return hash;
}

/* The cgroup above if this one has that name; else 0. */
__attribute__((noinline)) long parent_of_named(__u64 cgroup, __u64 name)
{
	struct bpf_config *c = settings();
	__u64 parent;

	if (!c || (__u64)hash_of_name(number_at(cgroup + c->layout.cgroup_node)) != name)
		return 0;
	parent = number_at(cgroup + c->layout.cgroup_parent);
	return parent ? number_at(parent + c->layout.state_cgroup) : 0;
}

__attribute__((noinline)) int is_named(__u64 cgroup, __u32 number)
{
	struct bpf_config *c = settings();
	const struct marked_cgroup *marked;
	__u32 count;

	if (!c)
		return 0;
	marked = &c->cgroups[number & (MARKED_CGROUPS - 1)];
	count = marked->name_count;
	if (!count || (__u32)number_at(number_at(cgroup + c->layout.cgroup_root) +
				       c->layout.root_id) != marked->hierarchy)
		return 0;
	for (__u32 i = 1; i <= MARKED_NAMES && i <= count && cgroup; i++)
		cgroup = parent_of_named(cgroup, marked->names[(count - i) & (MARKED_NAMES - 1)]);
	return cgroup && number_at(number_at(cgroup + c->layout.cgroup_node) + c->layout.node_id) ==
				 marked->top_id;
}

/* Before anybody can be in it: who asks by path would come too late for the first of a service. */
SEC("raw_tp/cgroup_mkdir")
int BPF_PROG(on_cgroup_mkdir, __u64 cgroup)
{
	struct bpf_config *c = settings();

	if (!c)
		return 0;
	for (__u32 i = 0; i < MARKED_CGROUPS; i++) {
		if (i < c->cgroup_count && is_named(cgroup, i))
			c->cgroups[i].id = number_at(number_at(cgroup + c->layout.cgroup_node) +
						     c->layout.node_id);
	}
	return 0;
}
